/** Every event on a store's stream after which its queue looks different. */
export const QUEUE_EVENTS = [
  "order.placed", "order.accepted", "order.picking", "order.packed", "order.ready_for_collection", "order.out_for_delivery",
  "order.delivered", "order.collected", "order.cancelled", "order.returned", "order.undeliverable", "order.rerouted",
  "order.line_picked", "order.short", "order.shortened", "order.not_accepted", "order.rider_assigned", "order.rider_left",
  "order.part_accepted", "order.part_picking", "order.part_packed", "order.part_ready_for_collection", "order.part_out_for_delivery",
  "order.part_delivered", "order.part_cancelled", "order.part_returned", "order.part_undeliverable", "order.part_rerouted",
  "order.substitution_proposed", "order.substitution_decided", "reset",
] as const;

/** Those after which its shelf has other numbers: an edit, and each order that takes units or gives them back. */
export const SHELF_EVENTS = [
  "inventory.changed", "stock.low", "stock.recovered", "stock.shortage",
  "order.placed", "order.line_picked", "order.short", "order.shortened", "order.cancelled", "order.returned", "order.rerouted", "order.part_rerouted", "reset",
] as const;

/** All that the console listens to. */
export const STORE_EVENTS: readonly string[] = [...new Set<string>([...QUEUE_EVENTS, ...SHELF_EVENTS, "store.mode"])];
