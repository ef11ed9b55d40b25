import "server-only";
import { cache } from "react";
import { ApiProblem } from "@/lib/api/problem";
import type { Category, Product, Section, ShelfPage } from "@/lib/api/types";
import { found, publicApi } from "@/lib/server/api";
import { getSpot } from "@/lib/server/spot";
import { FACETS, PAGE, type Where, type Wishes } from "@/lib/wishes";

const CATEGORIES_SECONDS = 300;
const SHELF_SECONDS = 10;

/** The tree of categories that have something on the shelf which is shown. */
export const categories = cache(async (): Promise<Category[]> => {
  const { where, answer } = await getSpot();
  const store = answer?.store?.id ?? (where && "store_id" in where ? where.store_id : undefined);
  const api = await publicApi();
  const query = store ? { store_id: store } : {};
  const tree = await found(api.GET("/api/v1/categories", { params: { query }, next: { revalidate: CATEGORIES_SECONDS } }));
  return withGoods(tree?.items ?? []);
});

function withGoods(tree: Category[]): Category[] {
  return tree.filter(({ count }) => count !== 0).map((category) => ({ ...category, children: withGoods(category.children) }));
}

/** A page of a shelf; null where nobody sells. */
export async function shelf(where: Where, wishes: Wishes & { limit?: number; facets?: string }): Promise<ShelfPage | null> {
  const api = await publicApi(where);
  const query = { ...where, limit: PAGE, ...wishes };
  return outsideIsNull(found(api.GET("/api/v1/products", { params: { query }, next: { revalidate: SHELF_SECONDS } })));
}

/** Facets are unknown for seconds after a server's start; the list is shown without them then. */
export async function shelfWithFacets(where: Where, wishes: Wishes): Promise<ShelfPage | null> {
  try {
    return await shelf(where, { ...wishes, facets: FACETS.join(",") });
  } catch (fault) {
    if (fault instanceof ApiProblem && fault.code === "catalogue_loading") return shelf(where, { ...wishes, sort: undefined });
    throw fault;
  }
}

/** One product as it is sold there, always as it is now; null when there is none. */
export async function product(sku: string, where: Where | null): Promise<Product | null> {
  const api = await publicApi(where);
  const asked = (query: Where | Record<string, never>) =>
    found(api.GET("/api/v1/products/{sku}", { params: { path: { sku }, query }, cache: "no-store" }));
  return (await outsideIsNull(asked(where ?? {}))) ?? (where ? asked({}) : null);
}

export async function related(sku: string, where: Where): Promise<Section[]> {
  const api = await publicApi(where);
  const query = { ...where, limit: 12 };
  const answer = await outsideIsNull(found(api.GET("/api/v1/products/{sku}/related", { params: { path: { sku }, query }, next: { revalidate: 60 } })));
  return answer?.sections ?? [];
}

/** What sells well here; the same for everybody. */
export async function popular(where: Where): Promise<Section[]> {
  const api = await publicApi(where);
  const query = { ...where, limit: 12 };
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
