/** The most that one order may take of an item; null when nothing limits it. */
export function mostOf(item: { available_quantity: number | null; max_per_order: number | null }): number | null {
  const limits = [item.available_quantity, item.max_per_order].filter((limit) => limit !== null);
  return limits.length > 0 ? Math.min(...limits) : null;
}
