"use client";

import type { ReactNode } from "react";
import { TotalsTable } from "@/components/shop/checkout/totals";
import type { Placing } from "@/components/shop/checkout/use-place-order";
import { Button } from "@/components/ui/button";
import { cx } from "@/components/ui/cx";
import { Banner, Card, Skeleton } from "@/components/ui/states";
import type { QuoteOption } from "@/lib/api/types";
import type { Key } from "@/lib/i18n/dictionaries";
import { useLocale, useT } from "@/lib/i18n/client";
import { money } from "@/lib/money";
import { minutes } from "@/lib/time";

type Props = {
  option: QuoteOption | undefined;
  pickup: boolean;
  isAsking: boolean;
  placing: Placing;
  /** What still lacks before the order can be placed. */
  missing: Key | null;
  onPlace: () => void;
  children: ReactNode;
};

/** What comes, what it costs, and the button. On phones the button stays in sight. */
export function Summary({ option, pickup, isAsking, placing, missing, onPlace, children }: Props) {
  const t = useT();
  const locale = useLocale();
  const busy = placing.state === "sending" || placing.state === "unsure";
  const total = option ? money(option.totals.total, locale) : "";
  return (
    <aside aria-label={t("bill.title")} className="grid gap-4 lg:sticky lg:top-24">
      <Card className="grid gap-4">
        <h2 className="text-lg font-bold">{t("bill.title")}</h2>
        {option ? (
          <div className={cx("grid gap-4 transition-opacity", isAsking && "opacity-60")} aria-busy={isAsking || undefined}>
            <Lines option={option} />
            <TotalsTable totals={option.totals} pickup={pickup} />
            <p className="font-semibold text-brand-deep">{t(pickup ? "checkout.readyIn" : "checkout.arrivesIn", { count: minutes(option.eta_s) })}</p>
          </div>
        ) : missing === "checkout.needMend" ? null : <Skeleton className="h-56" />}
        <div className="fixed inset-x-0 bottom-0 z-40 border-t border-line bg-surface p-3 pb-[max(0.75rem,env(safe-area-inset-bottom))] lg:static lg:border-0 lg:p-0">
          {/* Beside the button, which a phone always shows, what keeps it from working is always seen too. */}
          <div className="grid max-h-[50dvh] gap-2 overflow-y-auto not-empty:mb-3 lg:max-h-none">
            {children}
            {placing.state === "unsure" && <Banner tone="warn">{t("checkout.unsure")}</Banner>}
          </div>
          {missing && <p className="mb-2 text-center text-sm text-muted">{t(missing)}</p>}
          <Button wide size="large" busy={busy} disabled={missing !== null} onClick={onPlace}>
            {placing.state === "unsure" ? t("checkout.checking") : total ? t("checkout.place", { total }) : t("checkout.placePlain")}
          </Button>
        </div>
      </Card>
    </aside>
  );
}

function Lines({ option }: { option: QuoteOption }) {
  const t = useT();
  const locale = useLocale();
  const left = new Map(option.short.map((short) => [short.sku, short.available]));
  const lines = option.lines.map((line) => ({ ...line, quantity: Math.min(line.quantity, left.get(line.sku) ?? line.quantity) })).filter((line) => line.quantity > 0);
  return (
    <details open={lines.length <= 6 || undefined}>
      <summary className="flex min-h-11 items-center font-medium">{t("cart.items", { count: lines.reduce((sum, line) => sum + line.quantity, 0) })}</summary>
      <ul className="grid gap-1.5">
        {lines.map((line) => (
          <li key={line.id} className="flex justify-between gap-4 text-sm">
            <span className="min-w-0 break-words">{line.quantity} × {line.name}</span>
            <span className="tabular-nums">{money({ ...line.unit_price, amount: line.unit_price.amount * line.quantity }, locale)}</span>
          </li>
        ))}
      </ul>
    </details>
  );
}
