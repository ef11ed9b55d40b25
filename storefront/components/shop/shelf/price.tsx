"use client";

import { cx } from "@/components/ui/cx";
import type { Offer } from "@/lib/api/types";
import { useLocale, useT } from "@/lib/i18n/client";
import { money } from "@/lib/money";

type Priced = Pick<Offer, "price" | "mrp" | "unit_price" | "discount_percent">;

/** The price, and what is printed on the pack where that is more. */
export function Price({ offer, large }: { offer: Priced; large?: boolean }) {
  const t = useT();
  const locale = useLocale();
  const { price, mrp } = offer;
  const less = price !== null && price.amount < mrp.amount;
  return (
    <p className="flex flex-wrap items-baseline gap-x-2">
      <span className={cx("font-bold tabular-nums", large ? "text-3xl" : "text-base")}>
        {price === null && <span className="text-sm font-medium text-muted">{t("price.mrp")} </span>}
        <span className="sr-only">{less ? `${t("price.now")} ` : ""}</span>
        {money(price ?? mrp, locale)}
      </span>
      {less && (
        <span className={cx("text-muted tabular-nums", large ? "text-lg" : "text-sm")}>
          <span className={large ? undefined : "sr-only"}>{t("price.mrp")} </span>
          <s>{money(mrp, locale)}</s>
        </span>
      )}
    </p>
  );
}

/** ₹5.70 / 100 ml. */
export function UnitPrice({ offer }: { offer: Priced }) {
  const t = useT();
  const locale = useLocale();
  if (!offer.unit_price) return null;
  const { per } = offer.unit_price;
  return <>{money(offer.unit_price, locale)} / {per === "piece" ? t("price.piece") : per}</>;
}
