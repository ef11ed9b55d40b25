"use client";

import Link from "next/link";
import { AddToCart } from "@/components/shop/cart/add-to-cart";
import { AskPlaceButton } from "@/components/shop/location/ask-place-button";
import { DietMark, dietOf } from "@/components/shop/shelf/diet-mark";
import { Price, UnitPrice } from "@/components/shop/shelf/price";
import { ProductPicture } from "@/components/shop/shelf/product-picture";
import { cx } from "@/components/ui/cx";
import { Badge } from "@/components/ui/states";
import type { Offer } from "@/lib/api/types";
import { useT } from "@/lib/i18n/client";

type Props = {
  offer: Offer;
  /** False on a shelf that is only shown to look at: first say where. */
  served: boolean;
  eager?: boolean;
};

/** One product of a shelf. The whole card leads to it; the button beside the price does not. */
export function ProductCard({ offer, served, eager }: Props) {
  const t = useT();
  const diet = dietOf(offer.dietary);
  return (
    <article data-testid="product-card" className="relative flex h-full flex-col gap-2 rounded-2xl border border-line bg-surface p-2.5 hover:border-edge">
      <div className="relative">
        <ProductPicture offer={offer} alt="" sizes="(min-width: 64rem) 14rem, 45vw" eager={eager} className={cx(!offer.available && "opacity-45")} />
        {offer.discount_percent > 0 && <Badge tone="sun" className="absolute top-1.5 left-1.5">{t("price.off", { percent: offer.discount_percent })}</Badge>}
        {diet && <DietMark diet={diet} label={t(`diet.${diet}`)} className="absolute top-2 right-2" />}
      </div>
      <div className="flex flex-1 flex-col gap-1">
        <Link href={`/product/${encodeURIComponent(offer.sku)}`} prefetch={false} className="line-clamp-3 min-h-[3.9em] text-sm leading-[1.3] font-semibold break-words after:absolute after:inset-0 after:rounded-2xl">
          {offer.name}
        </Link>
        <p className="min-h-5 text-xs text-muted"><UnitPrice offer={offer} /></p>
        <div className="mt-auto grid gap-2">
          <Price offer={offer} />
          <div className="relative z-10 grid">
            {served ? <AddToCart offer={offer} /> : <AskPlaceButton look="secondary" className="text-sm">{t("location.checkHere")}</AskPlaceButton>}
          </div>
        </div>
      </div>
    </article>
  );
}
