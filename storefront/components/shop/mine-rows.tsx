"use client";

import useSWR from "swr";
import { ProductCard } from "@/components/shop/product-card";
import { api, call, seemsSignedIn } from "@/lib/api/client";
import { useLocale, useT } from "@/lib/i18n/client";
import type { Place } from "@/lib/place";

/** What somebody who is signed in bought before or may like; takes no room for the others. */
export function MineRows({ place }: { place: Place }) {
  const t = useT();
  const locale = useLocale();
  const { data } = useSWR(
    () => (seemsSignedIn() ? ["for-me", place.lat, place.lng, locale] : null),
    () => call(api.GET("/api/v1/recommendations", { params: { query: { lat: place.lat, lng: place.lng, limit: 12 } } })),
    { revalidateOnFocus: false },
  );
  const sections = (data?.sections ?? []).filter(({ name }) => name === "buy_again" || name === "for_you");
  return sections.map(({ name, items }) => (
    <section key={name} aria-labelledby={`mine-${name}`} className="grid gap-3">
      <h2 id={`mine-${name}`} className="text-xl font-extrabold">{t(name === "buy_again" ? "home.buyAgain" : "home.forYou")}</h2>
      <ul className="-mx-4 flex snap-x gap-3 overflow-x-auto px-4 pb-2">
        {items.map((offer) => <li key={offer.sku} className="w-40 shrink-0 snap-start sm:w-48"><ProductCard offer={offer} /></li>)}
      </ul>
    </section>
  ));
}
