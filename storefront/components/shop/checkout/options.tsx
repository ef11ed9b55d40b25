"use client";

import { RadioCard } from "@/components/shop/checkout/radio-card";
import { signature } from "@/components/shop/checkout/use-quote";
import { Badge } from "@/components/ui/states";
import type { QuoteOption, Shortage } from "@/lib/api/types";
import { useLocale, useT } from "@/lib/i18n/client";
import { money } from "@/lib/money";
import { distance, minutes } from "@/lib/time";

type Props = { options: QuoteOption[]; chosen: QuoteOption | undefined; pickup: boolean; onChoose: (option: QuoteOption) => void };

/** All of it later, or sooner without something, or from two stores: one clear choice. */
export function Options({ options, chosen, pickup, onChoose }: Props) {
  const t = useT();
  const [only] = options;
  if (options.length === 1 && only) return <OptionFacts option={only} pickup={pickup} />;
  const quickest = Math.min(...options.map((option) => option.eta_s));
  return (
    <div role="radiogroup" aria-label={t("checkout.options")} className="grid gap-3">
      {options.map((option) => (
        <RadioCard key={signature(option)} name="option" value={option.option_id} checked={option === chosen} onChange={() => onChoose(option)}>
          <OptionFacts option={option} quickest={options.length > 1 && option.eta_s === quickest} pickup={pickup} />
        </RadioCard>
      ))}
    </div>
  );
}

export function OptionFacts({ option, quickest = false, pickup }: { option: QuoteOption; quickest?: boolean; pickup: boolean }) {
  const t = useT();
  const locale = useLocale();
  const whole = option.short.length === 0;
  return (
    <span className="grid gap-1">
      <span className="flex flex-wrap items-center gap-2">
        <span className="font-bold">{t(pickup ? "checkout.readyIn" : "checkout.arrivesIn", { count: minutes(option.eta_s) })}</span>
        <Badge tone={whole ? "good" : "warn"}>{t(whole ? "checkout.everything" : "checkout.notEverything")}</Badge>
        {quickest && <Badge tone="sun">{t("checkout.quickest")}</Badge>}
        <span className="ml-auto font-bold tabular-nums">{money(option.totals.total, locale)}</span>
      </span>
      <span className="text-sm text-muted">
        {option.parts.length > 1
          ? t("checkout.split", { stores: option.parts.map((part) => part.store.name).join(", ") })
          : `${t("cart.from", { store: option.store.name })} · ${distance(option.store.distance_m, locale)}`}
      </span>
      {option.short.map((short) => <ShortLine key={short.sku} short={short} />)}
    </span>
  );
}

export function ShortLine({ short }: { short: Shortage }) {
  const t = useT();
  return (
    <span className="block text-sm font-medium text-warn">
      {short.available > 0
        ? t("checkout.shortSome", { name: short.name, count: short.available, wanted: short.requested })
        : t("checkout.shortNone", { name: short.name })}
    </span>
  );
}
