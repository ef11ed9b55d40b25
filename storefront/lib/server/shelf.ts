import "server-only";
import type { Category, Facet, Product, Section, ShelfPage } from "@/lib/api/types";
import { callersApi, found, publicApi } from "@/lib/server/api";
import { ApiProblem } from "@/lib/api/problem";
import type { Place } from "@/lib/place";
import { FACETS, type Wishes } from "@/lib/wishes";

const CATEGORIES_SECONDS = 300;
const SHELF_SECONDS = 10;

export async function categories(): Promise<Category[]> {
  const api = await publicApi();
  return (await found(api.GET("/api/v1/categories", { next: { revalidate: CATEGORIES_SECONDS } })))?.items ?? [];
}

/** A page of what the store of `place` has; null outside every fence. */
export async function shelf(place: Place, wishes: Wishes & { limit?: number; facets?: string }): Promise<ShelfPage | null> {
  const api = await publicApi();
  const query = { lat: place.lat, lng: place.lng, ...wishes };
  return outsideIsNull(found(api.GET("/api/v1/products", { params: { query }, querySerializer: { array: { style: "form", explode: true } }, next: { revalidate: SHELF_SECONDS } })));
}

/** Facets are unknown for seconds after a server's start; the list is shown without them then. */
export async function shelfWithFacets(place: Place, wishes: Wishes): Promise<ShelfPage | null> {
  try {
    return await shelf(place, { ...wishes, facets: FACETS.join(",") });
  } catch (fault) {
    if (fault instanceof ApiProblem && fault.code === "catalogue_loading") return shelf(place, { ...wishes, sort: undefined });
    throw fault;
  }
}

/** One product as the store of `place` sells it, always as it is now; null when there is none. */
export async function product(sku: string, place: Place | null): Promise<Product | null> {
  const api = await callersApi();
  const where = place ? { lat: place.lat, lng: place.lng } : {};
  const asked = (query: typeof where) => found(api.GET("/api/v1/products/{sku}", { params: { path: { sku }, query } }));
  return (await outsideIsNull(asked(where))) ?? (place ? asked({}) : null);
}

export async function related(sku: string, place: Place | null): Promise<Section[]> {
  if (!place) return [];
  const api = await publicApi();
  const query = { lat: place.lat, lng: place.lng, limit: 12 };
  const answer = await outsideIsNull(found(api.GET("/api/v1/products/{sku}/related", { params: { path: { sku }, query }, next: { revalidate: 60 } })));
  return answer?.sections ?? [];
}

/** What sells well here; the same for everybody. */
export async function popular(place: Place): Promise<Section[]> {
  const api = await publicApi();
  const query = { lat: place.lat, lng: place.lng, limit: 12 };
  const answer = await outsideIsNull(found(api.GET("/api/v1/recommendations", { params: { query }, next: { revalidate: 30 } })));
  return (answer?.sections ?? []).filter(({ name }) => name === "popular");
}

async function outsideIsNull<Answer>(asked: Promise<Answer | null>): Promise<Answer | null> {
  try {
    return await asked;
  } catch (fault) {
    if (fault instanceof ApiProblem && (fault.code === "not_serviceable" || fault.status === 422)) return null;
    throw fault;
  }
}

/** The category of `slug` with the names above it, from the whole tree. */
export function findCategory(tree: Category[], slug: string): { category: Category; above: Category[] } | null {
  for (const category of tree) {
    if (category.slug === slug) return { category, above: [] };
    const below = findCategory(category.children, slug);
    if (below) return { category: below.category, above: [category, ...below.above] };
  }
  return null;
}

export type { Facet };
