"use client";

import { useCallback, useEffect, useRef, useState } from "react";
import useSWR from "swr";
import { api, call } from "@/lib/api/client";
import type { Order } from "@/lib/api/types";
import { useLive, type LiveEvent } from "@/lib/live";

export type RiderPosition = { lat: number; lng: number; at: string; eta_s: number };

export const ENDED = new Set(["expired", "cancelled", "delivered", "collected", "returned"]);

const STATES = [
  "payment_pending", "placed", "accepted", "picking", "packed", "ready_for_collection", "out_for_delivery", "delivered",
  "collected", "undeliverable", "cancelled", "expired", "returned",
];
const TOLD = [
  "rerouted", "refunded", "rider_assigned", "rider_left", "line_picked", "short", "shortened", "hold_extended", "new_code",
  "code_locked", "not_accepted", "rated", "substitution_proposed", "substitution_decided",
];
const TYPES = [
  ...STATES.flatMap((state) => [`order.${state}`, `order.part_${state}`]),
  ...TOLD.map((what) => `order.${what}`),
  "rider.position",
  "reset",
];
const TOGETHER_MS = 150; // a stream begins with all that happened; one look answers them all

/** An order that follows itself: live while it is open, and caught up after a lost connection. */
export function useOrder(id: string) {
  const { data: order, error, mutate } = useSWR<Order>(
    `order:${id}`,
    () => call(api.GET("/api/v1/orders/{order_id}", { params: { path: { order_id: id } } })),
    { refreshInterval: (known) => interval(known), revalidateOnReconnect: true },
  );
  const [rider, setRider] = useState<RiderPosition | null>(null);
  const timer = useRef<ReturnType<typeof setTimeout>>(undefined);
  const again = useCallback(() => {
    clearTimeout(timer.current);
    timer.current = setTimeout(() => void mutate(), TOGETHER_MS);
  }, [mutate]);
  useEffect(() => () => clearTimeout(timer.current), []);

  const hear = useCallback((event: LiveEvent) => {
    if (event.type === "rider.position") setRider(positionOf(event.data));
    else again();
  }, [again]);
  const over = order !== undefined && ENDED.has(order.status);
  const live = useLive(order && !over ? `/api/v1/orders/${encodeURIComponent(id)}/events` : null, TYPES, hear);
  const set = useCallback((next: Order) => mutate(next, { revalidate: false }), [mutate]);
  return { order, fault: error as unknown, rider: over ? null : rider, live, over, set, again };
}

/** Slow looks beside the stream, for what it may have missed; quicker while money is still on its way back. */
function interval(order: Order | undefined): number {
  if (!order) return 0;
  if (!ENDED.has(order.status)) return 20_000;
  const owed = LOST.has(order.status) && order.payment.captured.amount > order.payment.refunded.amount;
  return owed ? 5_000 : 0;
}

const LOST = new Set(["expired", "cancelled", "returned"]);

function positionOf(data: unknown): RiderPosition | null {
  const { location, at, eta_s } = data as { location?: { coordinates?: number[] }; at?: string; eta_s?: number };
  const [lng, lat] = location?.coordinates ?? [];
  return lng === undefined || lat === undefined ? null : { lat, lng, at: at ?? "", eta_s: eta_s ?? 0 };
}

/** Whether the browser has a network, as far as it knows. */
export function useOnline(): boolean {
  const [online, setOnline] = useState(true);
  useEffect(() => {
    const look = () => setOnline(navigator.onLine);
    look();
    window.addEventListener("online", look);
    window.addEventListener("offline", look);
    return () => { window.removeEventListener("online", look); window.removeEventListener("offline", look); };
  }, []);
  return online;
}

/** The time, told every second while somebody counts. */
export function useNow(counting: boolean): number {
  const [now, setNow] = useState(() => Date.now());
  useEffect(() => {
    if (!counting) return;
    const timer = setInterval(() => setNow(Date.now()), 1_000);
    return () => clearInterval(timer);
  }, [counting]);
  return now;
}
