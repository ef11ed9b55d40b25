"use client";

import Link from "next/link";
import { AddToCart } from "@/components/shop/cart/add-to-cart";
import { DietMark } from "@/components/shop/diet-mark";
import { Picture } from "@/components/shop/picture";
import { Price } from "@/components/shop/price";
import { cx } from "@/components/ui/cx";
import type { Offer } from "@/lib/api/types";
import { useLocale, useT } from "@/lib/i18n/client";
import { money } from "@/lib/money";

const SCARCE = 5;

/** One thing on a shelf: picture, name, price per unit, and the way into the cart. */
export function ProductCard({ offer, eager }: { offer: Offer; eager?: boolean }) {
  const t = useT();
  const locale = useLocale();
  const { sku, name, available, available_quantity: left, discount_percent, unit_price, dietary } = offer;
  return (
    <article className="relative flex h-full flex-col gap-2 rounded-2xl border border-line bg-surface p-3 transition-shadow focus-within:shadow-md hover:shadow-md">
      <span className={cx("relative", !available && "opacity-50")}>
        <Picture of={offer} sizes="(min-width: 64rem) 12rem, 45vw" eager={eager} />
        {discount_percent > 0 && (
          <span className="absolute top-0 left-0 rounded-tl-xl rounded-br-xl bg-sun px-2 py-0.5 text-sm font-bold text-on-sun">{t("product.off", { percent: discount_percent })}</span>
        )}
      </span>
      <h3 className="line-clamp-2 min-h-[2.9em] leading-snug font-semibold">
        <Link href={`/product/${encodeURIComponent(sku)}`} prefetch={false} className="after:absolute after:inset-0 after:rounded-2xl">{name}</Link>
      </h3>
      <p className="flex min-h-5 items-center gap-1.5 text-sm text-muted">
        <DietMark dietary={dietary} />
        {unit_price && t("product.per", { price: money(unit_price, locale), unit: unit_price.per })}
      </p>
      <p className="min-h-5 text-sm font-semibold text-warn">{available && left !== null && left <= SCARCE ? t("product.left", { count: left }) : ""}</p>
      <div className="relative z-10 mt-auto flex flex-wrap items-end justify-between gap-2">
        <Price offer={offer} />
        <AddToCart offer={offer} />
      </div>
    </article>
  );
}
