"use client";

import { ProductCard } from "@/components/shop/shelf/product-card";
import { useFreshOffers, type Source } from "@/components/shop/shelf/fresh-offers";
import type { Offer } from "@/lib/api/types";

/** A row of products to push along; its prices and stock stay true. */
export function Rail({ offers, source, served, label }: { offers: Offer[]; source: Source; served: boolean; label: string }) {
  const fresh = useFreshOffers(offers, source);
  return (
    <ul aria-label={label} className="-mx-3 flex snap-x scroll-px-3 gap-3 overflow-x-auto px-3 pb-2 md:-mx-6 md:scroll-px-6 md:px-6">
      {fresh.map((offer) => (
        <li key={offer.sku} className="w-40 shrink-0 snap-start md:w-48">
          <ProductCard offer={offer} served={served} />
        </li>
      ))}
    </ul>
  );
}
