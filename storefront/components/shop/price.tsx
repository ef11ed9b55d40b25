"use client";

import { cx } from "@/components/ui/cx";
import type { Offer } from "@/lib/api/types";
import { useLocale, useT } from "@/lib/i18n/client";
import { money } from "@/lib/money";

/** What it costs here, and the maximum retail price where that is more; that price alone where it is not sold. */
export function Price({ offer, large }: { offer: Pick<Offer, "price" | "mrp">; large?: boolean }) {
  const t = useT();
  const locale = useLocale();
  const { price, mrp } = offer;
  const less = price !== null && price.amount < mrp.amount;
  return (
    <p className={cx("flex flex-wrap items-baseline gap-x-2 tabular-nums", large ? "text-3xl" : "text-base")}>
      <span className="font-extrabold">{price ? money(price, locale) : t("product.mrpOf", { price: money(mrp, locale) })}</span>
      {less && (
        <span className={cx("text-muted", large ? "text-lg" : "text-sm")}>
          <span className={cx(!large && "sr-only")}>{t("product.mrp")} </span>
          <s>{money(mrp, locale)}</s>
        </span>
      )}
    </p>
  );
}

/** ₹5.70 per 100 ml. */
export function UnitPrice({ offer: { unit_price } }: { offer: Pick<Offer, "unit_price"> }) {
  const t = useT();
  const locale = useLocale();
  if (!unit_price) return null;
  return t("product.per", { price: money(unit_price, locale), unit: unit_price.per === "piece" ? t("product.piece") : unit_price.per });
}
