"use client";

import { RadioCard } from "@/components/shop/checkout/radio-card";
import { Icon } from "@/components/ui/icon";
import { useT } from "@/lib/i18n/client";

export type Provider = "sandbox" | "cod";
type Props = { chosen: Provider; cashPossible: boolean; pickup: boolean; onChoose: (provider: Provider) => void };

export function Payment({ chosen, cashPossible, pickup, onChoose }: Props) {
  const t = useT();
  return (
    <div role="radiogroup" aria-label={t("checkout.pay")} className="grid gap-3 sm:grid-cols-2">
      <RadioCard name="payment" value="sandbox" checked={chosen === "sandbox"} onChange={() => onChoose("sandbox")}>
        <span className="flex items-center gap-2 font-bold"><Icon name="card" className="size-5" />{t("checkout.online")}</span>
        <span className="block text-sm text-muted">{t("checkout.onlineHint")}</span>
      </RadioCard>
      <RadioCard name="payment" value="cod" checked={chosen === "cod"} disabled={!cashPossible} onChange={() => onChoose("cod")}>
        <span className="flex items-center gap-2 font-bold"><Icon name="cash" className="size-5" />{t("checkout.cash")}</span>
        <span className="block text-sm text-muted">{t(cashPossible ? (pickup ? "checkout.cashPickupHint" : "checkout.cashHint") : "checkout.cashNot")}</span>
      </RadioCard>
    </div>
  );
}
