"use client";

import { cx } from "@/components/ui/cx";
import { useLocale, useT } from "@/lib/i18n/client";
import { money } from "@/lib/money";

const TIPS = [0, 1_000, 2_000, 3_000, 5_000]; // paise

export function Tip({ tip, currency, onTip }: { tip: number; currency: string; onTip: (paise: number) => void }) {
  const t = useT();
  const locale = useLocale();
  return (
    <div role="group" aria-label={t("bill.tip")} className="flex flex-wrap gap-2">
      {TIPS.map((amount) => (
        <button key={amount} type="button" aria-pressed={tip === amount} onClick={() => onTip(amount)} className={cx("min-h-11 min-w-14 rounded-full border px-4 font-semibold", tip === amount ? "border-brand bg-brand-soft text-brand-deep" : "border-edge bg-surface")}>
          {amount === 0 ? t("checkout.noTip") : money({ amount, currency }, locale)}
        </button>
      ))}
    </div>
  );
}
