import type { Order } from "@/lib/api/types";

export type Part = Order["fulfilments"][number];

/** What of an order this store has to do: its part, and the lines in it in the order of the shelves. */
export function partOf(order: Order, storeId: string): { part: Part; lines: Order["lines"] } | null {
  const part = order.fulfilments.find(({ store, status }) => store.id === storeId && status !== "cancelled") ?? order.fulfilments.find(({ store }) => store.id === storeId);
  if (!part) return null;
  const lines = order.lines
    .filter(({ fulfilment_id }) => fulfilment_id === part.id)
    .toSorted((one, other) => one.bin.localeCompare(other.bin, "en", { numeric: true }));
  return { part, lines };
}
