"use client";

import { useEffect, useState } from "react";
import { ProductCard } from "@/components/shop/product-card";
import { Button } from "@/components/ui/button";
import { api, call } from "@/lib/api/client";
import type { Offer, ShelfPage } from "@/lib/api/types";
import { useT } from "@/lib/i18n/client";
import type { Place } from "@/lib/place";
import { useAction } from "@/lib/problems/use-problem";
import type { Wishes } from "@/lib/wishes";

const LOOK_AGAIN_MS = 20_000;

/** A shelf that goes on at a press and stays true: prices and what is there are looked at again while one looks. */
export function ShelfGrid({ first, place, wishes }: { first: ShelfPage; place: Place; wishes: Wishes }) {
  const t = useT();
  const { busy, run } = useAction();
  const [pages, setPages] = useState<ShelfPage[]>([first]);
  const [begun, setBegun] = useState(first);
  if (begun !== first) {
    setBegun(first);
    setPages([first]);
  }
  const next = pages.at(-1)?.next ?? null;
  const ask = (cursor?: string) => call(api.GET("/api/v1/products", { params: { query: { lat: place.lat, lng: place.lng, limit: 24, ...wishes, ...(cursor ? { cursor } : {}) } } }));
  const goOn = () => run(async () => {
    const page = await ask(next ?? undefined);
    setPages((now) => [...now, page]);
  });

  useEffect(() => {
    const look = async () => {
      if (document.visibilityState !== "visible") return;
      const fresh = await ask().catch(() => null);
      if (fresh) setPages(([, ...rest]) => [renewed(first, fresh), ...rest]);
    };
    const timer = setInterval(look, LOOK_AGAIN_MS);
    return () => clearInterval(timer);
    // The first page alone is renewed: it is what is looked at longest.
    // eslint-disable-next-line react-hooks/exhaustive-deps
  }, [first]);

  return (
    <>
      <ul className="grid grid-cols-2 gap-3 sm:grid-cols-3 lg:grid-cols-4 xl:grid-cols-5">
        {pages.flatMap(({ items }) => items).map((offer, index) => (
          <li key={offer.sku}><ProductCard offer={offer} eager={index < 4} /></li>
        ))}
      </ul>
      {next && (
        <div className="mt-6 grid justify-items-center">
          <Button look="secondary" size="large" busy={busy} onClick={goOn}>{t("list.more")}</Button>
        </div>
      )}
    </>
  );
}

/** The same things in the same order with what is known now, so that nothing moves under a finger. */
function renewed(before: ShelfPage, now: ShelfPage): ShelfPage {
  const found = new Map(now.items.map((offer) => [offer.sku, offer]));
  return { ...before, items: before.items.map((offer): Offer => found.get(offer.sku) ?? offer) };
}
