"use client";

import { useEffect, useMemo, useState } from "react";
import { api, call } from "@/lib/api/client";
import type { Offer, Section } from "@/lib/api/types";
import type { Where, Wishes } from "@/lib/wishes";

/** Where a row of products came from, so that it can be read again. */
export type Source =
  | { kind: "shelf"; where: Where; wishes: Wishes; limit: number }
  | { kind: "recommendations"; where: Where; limit: number }
  | { kind: "related"; sku: string; where: Where; limit: number };

const EVERY_MS = 20_000;

/**
 * The same offers in the same order with prices and stock as they are now: read again while the page is looked at (the
 * API answers 304 when nothing changed). What a newer answer does not name stays as it was: it may just rank elsewhere.
 */
export function useFreshOffers(offers: Offer[], source: Source): Offer[] {
  const key = JSON.stringify(source);
  const [fresh, setFresh] = useState<ReadonlyMap<string, Offer>>(new Map());
  useEffect(() => {
    const asked: Source = JSON.parse(key);
    let left = false;
    const look = async () => {
      if (document.visibilityState !== "visible") return;
      const now = await readOffers(asked).catch(() => null); // without an answer the shelf stays as it is
      if (now && !left) setFresh(new Map(now.map((offer) => [offer.sku, offer])));
    };
    const timer = setInterval(look, EVERY_MS);
    return () => {
      left = true;
      clearInterval(timer);
    };
  }, [key]);
  return useMemo(() => offers.map((offer) => fresh.get(offer.sku) ?? offer), [offers, fresh]);
}

async function readOffers(source: Source): Promise<Offer[]> {
  if (source.kind !== "shelf") return (await readSections(source)).flatMap(({ items }) => items);
  // What is sold out meanwhile must be among the answers, to be shown as such.
  const query = { ...source.where, ...source.wishes, in_stock: undefined, limit: source.limit };
  return (await call(api.GET("/api/v1/products", { params: { query } }))).items;
}

export async function readSections(source: Exclude<Source, { kind: "shelf" }>): Promise<Section[]> {
  const query = { ...source.where, limit: source.limit };
  const asked =
    source.kind === "related"
      ? api.GET("/api/v1/products/{sku}/related", { params: { path: { sku: source.sku }, query } })
      : api.GET("/api/v1/recommendations", { params: { query } });
  return (await call(asked)).sections;
}
