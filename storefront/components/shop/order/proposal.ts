import type { Money } from "@/lib/money";
import type { OrderLine } from "@/lib/api/types";

/** What the store would send instead of missing units. */
export type Proposal = {
  sku: string;
  name: string;
  image: string | null;
  unit_price: Money;
  quantity: number;
  state: "asked" | "accepted" | "refused" | "lapsed";
  answer_by: string;
};

export function proposalOf(line: OrderLine): Proposal | null {
  return (line as OrderLine & { proposal?: Proposal | null }).proposal ?? null;
}
