"use client";

import { useRouter } from "next/navigation";
import { useCallback, useEffect, useRef, useState } from "react";
import { refreshCart } from "@/components/shop/cart/cart-store";
import { intend, isUnsure, openIntention, send, type Intention } from "@/components/shop/checkout/intention";
import { ApiProblem } from "@/lib/api/problem";
import type { PlaceOrder } from "@/lib/api/types";

export type Placing =
  | { state: "idle" }
  | { state: "sending" }
  /** Sent, and no answer came; it is sent again by itself, with the same key. */
  | { state: "unsure" }
  | { state: "refused"; problem: ApiProblem };

const AGAIN_MS = 3_000;

/** Places an order at most once. `owner` is the customer's id. */
export function usePlaceOrder(owner: string | undefined): { placing: Placing; place: (body: PlaceOrder) => void; forget: () => void } {
  const router = useRouter();
  const [placing, setPlacing] = useState<Placing>({ state: "idle" });
  const running = useRef(false);
  const gone = useRef(false);
  const placed = useRef(false);

  const carry = useCallback(async (intention: Intention) => {
    if (running.current) return;
    running.current = true;
    setPlacing({ state: "sending" });
    while (!gone.current) {
      try {
        const order = await send(intention);
        placed.current = true;
        router.push(`/orders/${order.id}`);
        return; // busy until the order's page is there
      } catch (fault) {
        if (!isUnsure(fault)) {
          running.current = false;
          if (!(fault instanceof ApiProblem)) throw fault;
          setPlacing({ state: "refused", problem: fault });
          return;
        }
        setPlacing({ state: "unsure" });
        await nextTry(fault instanceof ApiProblem ? fault.retryAfter : null);
      }
    }
  }, [router]);

  useEffect(() => {
    gone.current = false;
    const open = owner ? openIntention(owner) : null;
    if (open) void Promise.resolve().then(() => carry(open));
    return () => { gone.current = true; running.current = false; };
  }, [owner, carry]);

  // Only when the page is left: an empty cart before would look as if the order were lost.
  useEffect(() => () => { if (placed.current) void refreshCart(); }, []);

  const place = useCallback((body: PlaceOrder) => {
    if (owner && !running.current) void carry(intend(owner, body));
  }, [owner, carry]);
  const forget = useCallback(() => setPlacing((now) => (now.state === "refused" ? { state: "idle" } : now)), []);
  return { placing, place, forget };
}

/** A while, or until the network is back. */
function nextTry(seconds: number | null): Promise<void> {
  return new Promise((done) => {
    const finish = () => { clearTimeout(timer); window.removeEventListener("online", finish); done(); };
    const timer = setTimeout(finish, seconds ? seconds * 1_000 : AGAIN_MS);
    window.addEventListener("online", finish);
  });
}
