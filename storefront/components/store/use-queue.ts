"use client";

import { useCallback } from "react";
import useSWR from "swr";
import { api, call } from "@/lib/api/client";
import type { Order } from "@/lib/api/types";

const POLL_MS = 20_000;
const PAGE = 100;
const MOST = 500;

export type Queue = {
  /** Undefined until they were read once. */
  orders: Order[] | undefined;
  /** Whether there are more than the console reads. */
  cut: boolean;
  error: unknown;
  busy: boolean;
  refresh: () => void;
};

/** The open orders of a store, all pages of them: the newest ones come last and must not be missed. */
export function useQueue(storeId: string | undefined): Queue {
  const { data, error, isValidating, mutate } = useSWR(storeId ? ["queue", storeId] : null, ([, id]: [string, string]) => readAll(id), { refreshInterval: POLL_MS });
  const refresh = useCallback(() => void mutate(), [mutate]);
  return { orders: data?.orders, cut: data?.cut ?? false, error, busy: isValidating, refresh };
}

async function readAll(storeId: string): Promise<{ orders: Order[]; cut: boolean }> {
  // By id: an order that moves while the pages are read may come twice.
  const orders = new Map<string, Order>();
  let cursor: string | null = null;
  do {
    const page: { items: Order[]; next: string | null } = await call(api.GET("/api/v1/store/orders", { params: { query: { store_id: storeId, limit: PAGE, ...(cursor ? { cursor } : {}) } } }));
    for (const order of page.items) orders.set(order.id, order);
    cursor = page.next;
  } while (cursor && orders.size < MOST);
  return { orders: [...orders.values()], cut: cursor !== null };
}
