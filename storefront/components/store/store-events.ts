/** Every event on a store's stream after which its queue looks different. */
export const STORE_EVENTS = [
  "order.placed", "order.accepted", "order.picking", "order.packed", "order.ready_for_collection", "order.out_for_delivery",
  "order.delivered", "order.collected", "order.cancelled", "order.returned", "order.undeliverable", "order.rerouted",
  "order.line_picked", "order.short", "order.shortened", "order.not_accepted", "order.rider_assigned", "order.rider_left",
  "order.part_accepted", "order.part_picking", "order.part_packed", "order.part_ready_for_collection", "order.part_out_for_delivery",
  "order.part_delivered", "order.part_cancelled", "order.part_returned", "order.part_undeliverable", "order.part_rerouted",
  "order.substitution_proposed", "order.substitution_decided", "reset",
] as const;
