import "server-only";
import { cache } from "react";
import type { Category, Serviceability, ShelfPage } from "@/lib/api/types";
import type { Place } from "@/lib/place";
import type { ShelfQuery, Where } from "@/lib/shelf";
import { found, publicApi } from "@/lib/server/api";
import { getServiceAreas } from "@/lib/server/areas";
import { getPlace, getServiceability } from "@/lib/server/place";

/** Whose shelf the pages show. */
export type Spot = {
  place: Place | null;
  answer: Serviceability | null;
  /** What to ask the catalogue for; null when no store is known at all. */
  where: Where | null;
  /** True when the shelf is that of the customer's own store; else another store's shelf is shown to look at. */
  served: boolean;
  /** Name of the store whose shelf is shown to look at. */
  showcase: string | null;
};

const HALF_A_DAY = 43_200;

/**
 * Whose shelf to show: that of the remembered place's store, open or not; before anybody said where, and outside every
 * fence, that of some store, to look at.
 */
export const getSpot = cache(async (): Promise<Spot> => {
  const [place, answer] = await Promise.all([getPlace(), getServiceability()]);
  if (place && answer && (answer.serviceable || answer.reason === "all_closed")) {
    return { place, answer, where: { lat: place.lat, lng: place.lng }, served: true, showcase: null };
  }
  const areas = await getServiceAreas();
  const shown = areas.find((area) => area.open) ?? areas[0];
  return { place, answer, where: shown ? { store_id: shown.id } : null, served: false, showcase: shown?.name ?? null };
});

/** The tree of categories, with numbers of products where a store is known. Kept a while: it is the same for all. */
export const getCategories = cache(async (): Promise<Category[]> => {
  const { where, answer } = await getSpot();
  const store = answer?.store?.id ?? (where && "store_id" in where ? where.store_id : null);
  const api = await publicApi();
  const asked = api.GET("/api/v1/categories", { params: { query: store ? { store_id: store } : {} }, next: { revalidate: 300 } });
  const tree = await found(asked);
  return withGoods(tree?.items ?? []);
});

/** Every category, whatever a store has: for sitemaps. */
export async function getAllCategories(): Promise<Category[]> {
  const api = await publicApi();
  return (await found(api.GET("/api/v1/categories", { next: { revalidate: HALF_A_DAY } })))?.items ?? [];
}

function withGoods(nodes: Category[]): Category[] {
  return nodes.filter((node) => node.count !== 0).map((node) => ({ ...node, children: withGoods(node.children) }));
}

/** The category of that slug with all above it, the top one first; null when there is none. */
export function findCategory(nodes: Category[], slug: string): Category[] | null {
  for (const node of nodes) {
    if (node.slug === slug) return [node];
    const below = findCategory(node.children, slug);
    if (below) return [node, ...below];
  }
  return null;
}

/** One page of a shelf; null where nobody sells. */
export async function getShelf(query: ShelfQuery): Promise<ShelfPage | null> {
  const { where } = await getSpot();
  if (!where) return null;
  const api = await publicApi();
  return found(api.GET("/api/v1/products", { params: { query: { ...where, ...query } }, cache: "no-store" }));
}
