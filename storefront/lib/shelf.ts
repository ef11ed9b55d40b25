// What a shelf is asked for, as the address of a page says it and as the API wants it.
import type { paths } from "@/lib/api/schema";

export type ShelfQuery = NonNullable<paths["/api/v1/products"]["get"]["parameters"]["query"]>;
export type Where = { lat: number; lng: number } | { store_id: string };
export type Params = Record<string, string | string[] | undefined>;

export const SORTS = ["relevance", "popularity", "price_asc", "price_desc", "discount", "newest", "name"] as const;
export type Sort = (typeof SORTS)[number];
export const DEALS_FROM = 15;
/** As many as fill whole rows of two, three, four and six. */
export const PAGE = 24;

const MARK = /^[a-z][a-z_]{0,29}$/;
const PRICE = /^(\d{1,9})-(\d{0,9})$/;

/** The filters in an address. What makes no sense is left out, as if nobody had asked for it. */
export type Filters = {
  q: string;
  brand: string[];
  dietary: string[];
  /** `2500-4999` in minor units; the second may be missing. */
  price: string;
  discount: number | null;
  inStock: boolean;
  sort: Sort | null;
  cursor: string | null;
};

export function readFilters(params: Params): Filters {
  const discount = Number(one(params.discount));
  const price = one(params.price);
  const sort = SORTS.find((known) => known === one(params.sort));
  return {
    q: one(params.q).trim().slice(0, 100),
    brand: all(params.brand).filter((name) => name.length <= 100).slice(0, 20),
    dietary: all(params.dietary).filter((mark) => MARK.test(mark)).slice(0, 10),
    price: PRICE.test(price) ? price : "",
    discount: Number.isInteger(discount) && discount >= 1 && discount <= 99 ? discount : null,
    inStock: one(params.in_stock) === "true",
    sort: sort ?? null,
    cursor: one(params.cursor).slice(0, 500) || null,
  };
}

export function isFiltered({ brand, dietary, price, discount, inStock }: Filters): boolean {
  return brand.length > 0 || dietary.length > 0 || price !== "" || discount !== null || inStock;
}

export function shelfQuery(filters: Filters): ShelfQuery {
  const [, least, most] = PRICE.exec(filters.price) ?? [];
  return {
    q: filters.q || undefined,
    brand: filters.brand.length > 0 ? filters.brand : undefined,
    dietary: filters.dietary.join(",") || undefined,
    min_price: least ? Number(least) : undefined,
    max_price: most ? Number(most) : undefined,
    discount: filters.discount ?? undefined,
    in_stock: filters.inStock || undefined,
    sort: filters.sort ?? (filters.q ? "relevance" : "popularity"),
    cursor: filters.cursor ?? undefined,
    limit: PAGE,
  };
}

/** The address of the same shelf from another cursor on. */
export function addressOf(path: string, filters: Filters, cursor: string | null): string {
  const search = new URLSearchParams();
  if (filters.q) search.set("q", filters.q);
  filters.brand.forEach((name) => search.append("brand", name));
  filters.dietary.forEach((mark) => search.append("dietary", mark));
  if (filters.price) search.set("price", filters.price);
  if (filters.discount) search.set("discount", String(filters.discount));
  if (filters.inStock) search.set("in_stock", "true");
  if (filters.sort) search.set("sort", filters.sort);
  if (cursor) search.set("cursor", cursor);
  const text = search.toString();
  return text ? `${path}?${text}` : path;
}

function one(value: string | string[] | undefined): string {
  return (Array.isArray(value) ? value[0] : value) ?? "";
}

function all(value: string | string[] | undefined): string[] {
  return (Array.isArray(value) ? value : [value ?? ""]).filter(Boolean);
}
