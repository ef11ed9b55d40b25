import "server-only";
import { redirect } from "next/navigation";
import { ApiProblem } from "@/lib/api/problem";
import type { ShelfPage } from "@/lib/api/types";
import { getShelf } from "@/lib/server/shop";
import { addressOf, shelfQuery, type Filters } from "@/lib/shelf";

const FACETS = "brand,dietary,price,discount";

/** The page of a shelf an address asks for; an old or foreign cursor leads back to the shelf's beginning. */
export async function shelfPage(path: string, filters: Filters, category?: string): Promise<ShelfPage | null> {
  try {
    return await getShelf({ ...shelfQuery(filters), category, facets: FACETS });
  } catch (fault) {
    const refused = fault instanceof ApiProblem && fault.status >= 400 && fault.status < 500;
    if (refused && filters.cursor) redirect(addressOf(path, filters, null));
    throw fault;
  }
}
