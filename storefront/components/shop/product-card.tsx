"use client";

import { Link } from "@/components/ui/link";
import { AddToCart } from "@/components/shop/cart/add-to-cart";
import { DietMark } from "@/components/shop/diet-mark";
import { ChoosePlace } from "@/components/shop/location/place-button";
import { Picture } from "@/components/shop/picture";
import { Price, UnitPrice } from "@/components/shop/price";
import { cx } from "@/components/ui/cx";
import type { Offer } from "@/lib/api/types";
import { useT } from "@/lib/i18n/client";

const SCARCE = 5;

type Props = {
  offer: Offer;
  /** False on a shelf that is only shown to look at: first say where. */
  served: boolean;
  eager?: boolean;
};

/** One thing on a shelf: picture, name, price per unit, and the way into the cart. */
export function ProductCard({ offer, served, eager }: Props) {
  const t = useT();
  const { sku, name, available, available_quantity: left, discount_percent, dietary } = offer;
  const scarce = available && left !== null && left <= SCARCE;
  return (
    <article data-testid="product-card" className="relative flex h-full flex-col gap-1.5 rounded-2xl border border-line bg-surface p-2.5 transition-shadow focus-within:shadow-md hover:shadow-md">
      <div className={cx("relative", !available && "opacity-50")}>
        <Picture of={offer} sizes="(min-width: 64rem) 12rem, 45vw" eager={eager} />
        {discount_percent > 0 && (
          <span className="absolute top-0 left-0 rounded-tl-xl rounded-br-xl bg-sun px-2 py-0.5 text-xs font-bold text-on-sun">{t("product.off", { percent: discount_percent })}</span>
        )}
        <DietMark dietary={dietary} className="absolute top-1.5 right-1.5" />
      </div>
      <h3 className="line-clamp-3 min-h-[3.9em] text-sm leading-[1.3] font-semibold break-words">
        <Link href={`/product/${encodeURIComponent(sku)}`} className="after:absolute after:inset-0 after:rounded-2xl">{name}</Link>
      </h3>
      <p className="min-h-4 text-xs leading-4 text-muted">{scarce ? <span className="font-semibold text-warn">{t("product.left", { count: left })}</span> : <UnitPrice offer={offer} />}</p>
      <div className="mt-auto grid gap-1.5">
        <Price offer={offer} />
        <div className="relative z-10 grid">
          {served ? <AddToCart offer={offer} /> : <ChoosePlace look="secondary" className="text-sm">{t("product.checkArea")}</ChoosePlace>}
        </div>
      </div>
    </article>
  );
}
