"use client";

import { ProductCard } from "@/components/shop/product-card";
import { useFreshOffers, type Source } from "@/components/shop/fresh-offers";
import type { Offer } from "@/lib/api/types";

/** The products of a row; prices and stock stay true while one looks. */
export function ShelfRowItems({ items, source, served, label }: { items: Offer[]; source: Source; served: boolean; label: string }) {
  const fresh = useFreshOffers(items, source);
  return (
    <ul aria-label={label} className="-mx-4 flex snap-x scroll-px-4 gap-3 overflow-x-auto px-4 pb-2">
      {fresh.map((offer) => (
        <li key={offer.sku} className="w-40 shrink-0 snap-start sm:w-48"><ProductCard offer={offer} served={served} /></li>
      ))}
    </ul>
  );
}
