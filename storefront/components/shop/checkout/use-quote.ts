"use client";

import { useCallback, useEffect, useRef, useState } from "react";
import useSWR from "swr";
import { cartSettled } from "@/components/shop/cart/cart-store";
import type { Spot } from "@/components/shop/account/pin-map";
import { api, call } from "@/lib/api/client";
import type { Quote, QuoteOption } from "@/lib/api/types";

export type Mode = "instant" | "pickup";
export type Asked = { spot: Spot; mode: Mode; tip: number; basket: string; owner: string };

/** What a renewed quote says differently from the one that people have seen. */
export type Change = { total?: [before: QuoteOption, after: QuoteOption]; eta?: [before: QuoteOption, after: QuoteOption]; short?: QuoteOption };

const EARLY_MS = 10_000;
const SOONEST_MS = 15_000;

/** The options of a basket at a place; renewed before they expire. `asked` null: not enough is known yet. */
export function useQuote(asked: Asked | null) {
  const key = asked && ["quote", asked.spot.lat, asked.spot.lng, asked.mode, asked.tip, asked.basket, asked.owner];
  const { data, error, isLoading, isValidating, mutate } = useSWR<Quote>(key, () => ask(asked!), {
    keepPreviousData: true,
    revalidateOnFocus: false,
    shouldRetryOnError: false,
  });
  const renew = useCallback(() => mutate(), [mutate]);

  useEffect(() => {
    if (!data) return;
    const wait = Math.max(new Date(data.expires_at).getTime() - Date.now() - EARLY_MS, SOONEST_MS);
    const timer = setTimeout(renew, wait);
    return () => clearTimeout(timer);
  }, [data, renew]);

  return { quote: error ? undefined : data, fault: error as unknown, isLoading, isAsking: isValidating, renew };
}

async function ask({ spot, mode, tip }: Asked): Promise<Quote> {
  await cartSettled();
  const location = { type: "Point" as const, coordinates: [spot.lng, spot.lat] };
  return call(api.POST("/api/v1/cart/quote", { body: { location, mode, tip } }));
}

/** What makes an option the same one in the next quote: where it comes from and what it lacks. */
export function signature(option: QuoteOption): string {
  return [option.parts.map((part) => part.store.id).join("+"), option.short.map((one) => `${one.sku}:${one.available}`).join(",")].join("|");
}

function stores(option: QuoteOption): string {
  return option.parts.map((part) => part.store.id).join("+");
}

/** The chosen option of each quote, followed from quote to quote; and what changed when the same wish was asked anew. */
export function useChoice(quote: Quote | undefined, asked: Asked | null) {
  const [wanted, setWanted] = useState<string | null>(null);
  const [changes, setChanges] = useState<Change | null>(null);
  const before = useRef<{ wish: string; option: QuoteOption } | null>(null);
  const options = quote?.options ?? [];
  const option = options.find((one) => signature(one) === wanted) ?? options.find((one) => stores(one) === wanted?.split("|")[0]) ?? options[0];
  const wish = JSON.stringify(asked);

  useEffect(() => {
    if (!option) return;
    const earlier = before.current;
    before.current = { wish, option };
    // Another wish has another price: nobody needs to be told.
    if (earlier?.wish === wish) setChanges((known) => difference(earlier.option, option) ?? known);
    else setChanges(null);
  }, [option, wish]);

  const choose = useCallback((one: QuoteOption) => {
    before.current = null;
    setChanges(null);
    setWanted(signature(one));
  }, []);
  return { option, choose, changes, seen: () => setChanges(null) };
}

function difference(before: QuoteOption, after: QuoteOption): Change | null {
  const change: Change = {};
  if (before.totals.total.amount !== after.totals.total.amount) change.total = [before, after];
  if (Math.abs(before.eta_s - after.eta_s) >= 120) change.eta = [before, after];
  if (after.short.some((one) => !before.short.some((known) => known.sku === one.sku && known.available === one.available))) change.short = after;
  return Object.keys(change).length > 0 ? change : null;
}
