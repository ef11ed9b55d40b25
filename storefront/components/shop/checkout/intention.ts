"use client";

// An order is sent under one key until its fate is known: neither a double tap, nor a lost connection, nor a reload of
// the page orders twice.
import { api, call, idempotencyKey } from "@/lib/api/client";
import { ApiProblem } from "@/lib/api/problem";
import type { Order, PlaceOrder } from "@/lib/api/types";

const KEPT = "shopsmart.intention";

export type Intention = { key: string; owner: string; body: PlaceOrder };

/** An order that was sent and never answered. */
export function openIntention(owner: string): Intention | null {
  try {
    const kept = JSON.parse(sessionStorage.getItem(KEPT) ?? "null") as Intention | null;
    return kept?.owner === owner ? kept : null;
  } catch {
    return null;
  }
}

export function intend(owner: string, body: PlaceOrder): Intention {
  const intention = { key: idempotencyKey(), owner, body };
  sessionStorage.setItem(KEPT, JSON.stringify(intention));
  return intention;
}

function settled(): void {
  sessionStorage.removeItem(KEPT);
}

// The service answered in none of these cases, or not for good: the order may stand all the same.
const UNSURE = new Set(["offline", "api_unreachable", "idempotency_in_progress", "internal_error"]);

export function isUnsure(fault: unknown): boolean {
  return fault instanceof ApiProblem && (UNSURE.has(fault.code) || fault.status >= 500);
}

/** Sends an intention once. Raises ApiProblem: after `isUnsure` ones it stays open and is to be sent again as it is. */
export async function send(intention: Intention): Promise<Order> {
  try {
    const order = await call(api.POST("/api/v1/orders", { params: { header: { "Idempotency-Key": intention.key } }, body: intention.body }));
    settled();
    return order;
  } catch (fault) {
    if (!isUnsure(fault)) settled();
    throw fault;
  }
}
