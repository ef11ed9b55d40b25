"use client";

import { usePathname } from "next/navigation";
import { useEffect, useRef } from "react";
import { partOf } from "@/components/store/parts";
import type { Order } from "@/lib/api/types";
import { ring } from "@/lib/ride/ring";

/** Rings for each order that was not there before, and counts the new ones in the tab's title, on whatever page one is. */
export function useBell(storeId: string | undefined, orders: Order[] | undefined, sound: boolean): void {
  const path = usePathname();
  const heard = useRef<{ storeId: string; ids: Set<string> } | null>(null);
  const fresh = storeId && orders ? orders.filter((order) => partOf(order, storeId)?.part.status === "placed").map(({ id }) => id).join(" ") : null;

  useEffect(() => {
    if (!storeId || fresh === null) return;
    const ids = fresh.split(" ").filter(Boolean);
    const known = heard.current?.storeId === storeId ? heard.current.ids : null;
    if (sound && known && ids.some((id) => !known.has(id))) ring();
    heard.current = { storeId, ids: new Set([...(known ?? []), ...ids]) };
  }, [storeId, fresh, sound]);

  // Each page sets its own title, so the count is written again after it.
  useEffect(() => {
    const count = fresh?.split(" ").filter(Boolean).length ?? 0;
    document.title = count > 0 ? `(${count}) Store console` : "Store console";
  }, [fresh, path]);
}
