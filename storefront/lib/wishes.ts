// What a customer wants to see of a shelf, as it stands in the page's address.
export const SORTS = ["relevance", "popularity", "price_asc", "price_desc", "discount", "name", "newest"] as const;
export type Sort = (typeof SORTS)[number];
export const FACETS = ["category", "brand", "price", "dietary", "discount"] as const;

/** As many as fill whole rows of two, three, four and six. */
export const PAGE = 24;
const CURSOR = /^[A-Za-z0-9_-]{1,500}$/;

/** Whose shelf: that of the store of a point, or that of a store. */
export type Where = { lat: number; lng: number } | { store_id: string };

export type Wishes = {
  q?: string;
  category?: string;
  brand?: string[];
  min_price?: number;
  max_price?: number;
  dietary?: string;
  in_stock?: boolean;
  discount?: number;
  sort?: Sort;
  cursor?: string;
};

export type Search = Record<string, string | string[] | undefined>;

const all = (value: string | string[] | undefined): string[] => (value === undefined ? [] : Array.isArray(value) ? value : [value]).filter(Boolean);

function whole(value: string | undefined, most: number): number | undefined {
  return value !== undefined && /^\d{1,9}$/.test(value) && Number(value) <= most ? Number(value) : undefined;
}

/** The wishes in a page's search parameters; what makes no sense is left out. `price=least-most` is in minor units. */
export function readWishes(search: Search): Wishes {
  const price = all(search.price)[0]?.match(/^(\d{0,9})-(\d{0,9})$/);
  const sort = SORTS.find((known) => known === all(search.sort)[0]);
  const wishes: Wishes = {
    q: all(search.q)[0]?.trim().slice(0, 100) || undefined,
    category: all(search.category)[0]?.slice(0, 60),
    brand: all(search.brand).slice(0, 20),
    min_price: whole(price?.[1] || undefined, 100_000_000),
    max_price: whole(price?.[2] || undefined, 100_000_000),
    dietary: all(search.dietary).filter((mark) => /^[a-z][a-z_]{0,29}$/.test(mark)).slice(0, 10).join(",") || undefined,
    in_stock: all(search.in_stock)[0] === "true" || undefined,
    discount: whole(all(search.discount)[0], 99) || undefined,
    sort,
    cursor: all(search.cursor).find((cursor) => CURSOR.test(cursor)),
  };
  return Object.fromEntries(Object.entries(wishes).filter(([, value]) => value !== undefined && !(Array.isArray(value) && value.length === 0)));
}

/** How many filters are set, sort and words aside. */
export function filterCount({ brand = [], min_price, max_price, dietary, in_stock, discount }: Wishes): number {
  return brand.length + Number(min_price !== undefined || max_price !== undefined) + (dietary?.split(",").length ?? 0) + Number(Boolean(in_stock)) + Number(Boolean(discount));
}

/** The price filter as the address says it; empty where there is none. */
export function priceOf({ min_price, max_price }: Wishes): string {
  return min_price === undefined && max_price === undefined ? "" : `${min_price ?? ""}-${max_price ?? ""}`;
}

/** The address of the same shelf from another cursor on; `path` says the category. */
export function addressOf(path: string, wishes: Wishes, cursor?: string | null): string {
  const search = new URLSearchParams();
  if (wishes.q) search.set("q", wishes.q);
  wishes.brand?.forEach((name) => search.append("brand", name));
  wishes.dietary?.split(",").forEach((mark) => search.append("dietary", mark));
  if (priceOf(wishes)) search.set("price", priceOf(wishes));
  if (wishes.discount) search.set("discount", String(wishes.discount));
  if (wishes.in_stock) search.set("in_stock", "true");
  if (wishes.sort) search.set("sort", wishes.sort);
  if (cursor) search.set("cursor", cursor);
  const text = search.toString();
  return text ? `${path}?${text}` : path;
}

/** How a shelf is ordered when nobody chose. */
export function usualSort({ q }: Wishes): Sort {
  return q ? "relevance" : "popularity";
}
