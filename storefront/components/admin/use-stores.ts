"use client";

import useSWR from "swr";
import { api, call } from "@/lib/api/client";
import type { FencedStore } from "@/lib/api/types";

/** All stores with their fences; at most a few hundred. */
export function useStores() {
  return useSWR("admin/stores/all", async () => {
    const stores: FencedStore[] = [];
    let cursor: string | null = "";
    while (cursor !== null) {
      const page: { items: FencedStore[]; next: string | null } = await call(api.GET("/api/v1/admin/stores", { params: { query: { limit: 100, ...(cursor ? { cursor } : {}) } } }));
      stores.push(...page.items);
      cursor = page.next;
    }
    return stores;
  }, { revalidateOnFocus: false, refreshInterval: 30_000 });
}
