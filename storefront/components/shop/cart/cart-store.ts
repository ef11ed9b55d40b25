"use client";

// The cart as the browser knows it. Taps show at once; they are sent one after the other, and of several taps on one
// item only the last is sent.
import { useCallback, useMemo, useSyncExternalStore } from "react";
import { api, call, cookie } from "@/lib/api/client";
import { ApiProblem } from "@/lib/api/problem";
import type { Cart, CartLine } from "@/lib/api/types";
import { keep } from "@/lib/kept";
import { mostOf } from "@/components/shop/cart/most";
import { PLACE_COOKIE, PLACE_EVENT, readPlace } from "@/lib/place";

/** A wish of its own for each tap, so that two taps for the same number are two. */
type Wish = { quantity: number };
type Local = { /** How many of an item are wanted, by SKU, until the service knows. */ wishes: ReadonlyMap<string, Wish>; problems: ReadonlyMap<string, ApiProblem> };

const NOTHING: Local = { wishes: new Map(), problems: new Map() };
let local = NOTHING;
let running: Promise<void> | null = null;
const watchers = new Set<() => void>();

function change(next: Partial<Local>): void {
  local = { ...local, ...next };
  watchers.forEach((tell) => tell());
}

function watch(tell: () => void): () => void {
  watchers.add(tell);
  return () => watchers.delete(tell);
}

function without<Value>(map: ReadonlyMap<string, Value>, key: string): Map<string, Value> {
  const copy = new Map(map);
  copy.delete(key);
  return copy;
}

/** The remembered place as the API wants it; the cart is then priced by the store that serves it. */
function here(): { lat?: number; lng?: number } {
  const place = readPlace(cookie(PLACE_COOKIE));
  return place ? { lat: place.lat, lng: place.lng } : {};
}

async function read(): Promise<Cart | null> {
  try {
    return await call(api.GET("/api/v1/cart", { params: { query: here() } }));
  } catch (fault) {
    if (fault instanceof ApiProblem && fault.status === 403) return null; // staff have no cart
    throw fault;
  }
}

const kept = keep(read, PLACE_EVENT);

async function send(sku: string, wish: Wish): Promise<void> {
  const params = { path: { sku }, query: here() };
  const cart = await call(
    wish.quantity > 0
      ? api.PUT("/api/v1/cart/items/{sku}", { params, body: { quantity: wish.quantity } })
      : api.DELETE("/api/v1/cart/items/{sku}", { params }),
  );
  kept.set(cart);
}

async function sendAll(): Promise<void> {
  for (let next = first(); next; next = first()) {
    const [sku, wish] = next;
    try {
      await send(sku, wish);
    } catch (fault) {
      if (!(fault instanceof ApiProblem)) throw fault;
      change({ problems: new Map(local.problems).set(sku, fault) });
    }
    // A tap that came meanwhile is another wish and is sent in the next round.
    if (local.wishes.get(sku) === wish) change({ wishes: without(local.wishes, sku) });
  }
}

function first(): [string, Wish] | undefined {
  return local.wishes.entries().next().value;
}

function wishFor(sku: string, wish: Wish): Promise<void> {
  change({ wishes: new Map(local.wishes).set(sku, wish), problems: without(local.problems, sku) });
  running ??= sendAll().finally(() => { running = null; });
  return running;
}

/**
 * Puts several items in at once and leaves out what cannot come. The SKUs that were left out, or that come with fewer
 * than wished. Raises ApiProblem when the cart cannot be read.
 */
export async function putAll(items: { sku: string; quantity: number }[]): Promise<Set<string>> {
  const before = await read();
  const had = new Map(before?.lines.map((line) => [line.sku, line.quantity]));
  for (const { sku, quantity } of items) {
    void wishFor(sku, { quantity: Math.max(quantity, had.get(sku) ?? 0) });
  }
  await running;
  const lines = new Map((await read())?.lines.map((line) => [line.sku, line]));
  const missing = items.filter(({ sku }) => lines.get(sku)?.problem !== null).map(({ sku }) => sku);
  for (const sku of missing) {
    const line = lines.get(sku);
    const most = line ? mostOf(line) ?? 0 : 0;
    if (line && line.price && most > 0) void wishFor(sku, { quantity: most });
    else if (line && !had.has(sku)) void wishFor(sku, { quantity: 0 });
  }
  await running;
  return new Set(missing);
}

/** Empties the cart here and at the service. */
export async function clearCart(): Promise<void> {
  await call(api.DELETE("/api/v1/cart"));
  change(NOTHING);
  await kept.refresh();
}

/** Reads the cart anew: after signing in or out, an order, or a change of place. */
export async function refreshCart(): Promise<void> {
  await kept.refresh();
}

/** Waits until every tap has arrived: a price is asked for only then. */
export async function cartSettled(): Promise<void> {
  await running;
}

function asWished(line: CartLine, wish: Wish | undefined): CartLine {
  if (!wish) return line;
  const total = line.price && { ...line.price, amount: line.price.amount * wish.quantity };
  return { ...line, quantity: wish.quantity, line_total: total };
}

function withWishes(cart: Cart | null | undefined, wishes: Local["wishes"]): Cart | null {
  if (!cart) return null;
  if (wishes.size === 0) return cart;
  const lines = cart.lines.map((line) => asWished(line, wishes.get(line.sku))).filter((line) => line.quantity > 0);
  const amount = lines.reduce((sum, line) => sum + (line.problem ? 0 : (line.line_total?.amount ?? 0)), 0);
  return { ...cart, lines, subtotal: cart.subtotal && { ...cart.subtotal, amount } };
}

export type CartView = {
  /** Null until it was read, and for staff, who have none. */
  cart: Cart | null;
  isLoading: boolean;
  /** Set when the cart could not be read at all. */
  fault: unknown;
  /** Units of all lines together, taps that are still on their way included. */
  count: number;
  quantityOf: (sku: string) => number;
  /** Zero takes the item out. A refusal shows in `problems`, never as an exception. */
  setQuantity: (sku: string, quantity: number) => Promise<void>;
  /** The refusal of the last tap on an item, by SKU. */
  problems: ReadonlyMap<string, ApiProblem>;
};

export function useCart(): CartView {
  const { value: data, fault, loading: isLoading } = kept.useValue();
  const { wishes, problems } = useSyncExternalStore(watch, () => local, () => NOTHING);

  const quantities = useMemo(() => {
    const found = new Map((data?.lines ?? []).map((line) => [line.sku, line.quantity]));
    for (const [sku, { quantity }] of wishes) found.set(sku, quantity);
    return found;
  }, [data, wishes]);
  const cart = useMemo(() => withWishes(data, wishes), [data, wishes]);
  const quantityOf = useCallback((sku: string) => quantities.get(sku) ?? 0, [quantities]);
  const setQuantity = useCallback((sku: string, quantity: number) => wishFor(sku, { quantity }), []);
  const count = [...quantities.values()].reduce((sum, quantity) => sum + quantity, 0);
  return { cart, isLoading, fault, count, quantityOf, setQuantity, problems };
}
