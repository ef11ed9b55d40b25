"use client";

import { cx } from "@/components/ui/cx";
import type { Offer } from "@/lib/api/types";
import { useLocale, useT } from "@/lib/i18n/client";
import { money } from "@/lib/money";

/** What it costs here, and the maximum retail price where that is more. */
export function Price({ offer, large }: { offer: Pick<Offer, "price" | "mrp" | "discount_percent">; large?: boolean }) {
  const t = useT();
  const locale = useLocale();
  const { price, mrp, discount_percent } = offer;
  const now = price ?? mrp;
  return (
    <p className={cx("flex flex-wrap items-baseline gap-x-2", large ? "text-3xl" : "text-base")}>
      <span className="font-extrabold">{money(now, locale)}</span>
      {discount_percent > 0 && (
        <s className={cx("text-muted", large ? "text-lg" : "text-sm")}>
          <span className="sr-only">{t("product.mrp")} </span>
          {money(mrp, locale)}
        </s>
      )}
    </p>
  );
}
