"use client";

import { useNow } from "@/components/store/use-now";
import { cx } from "@/components/ui/cx";
import type { Order } from "@/lib/api/types";
import { clock } from "@/lib/time";

/** How much of the promised time has gone: a bar, a word, and the minutes left or over. */
export function Age({ order }: { order: Order }) {
  const now = useNow();
  const began = Date.parse(order.milestones.placed_at ?? order.created_at);
  const promised = Date.parse(order.eta.at);
  if (now === 0) return <div className="h-9" />;
  const share = Math.min(1, Math.max(0, (now - began) / Math.max(1, promised - began)));
  const left = (promised - now) / 1_000;
  const state = left < 0 ? "late" : share > 0.6 ? "soon" : "fine";
  return (
    <div data-testid="age">
      <p className={cx("flex justify-between text-sm font-semibold", state === "late" ? "text-danger" : state === "soon" ? "text-warn" : "text-muted")}>
        <span>{clock((now - began) / 1_000)} old</span>
        <span>{left < 0 ? `${clock(-left)} late` : `${clock(left)} left`}</span>
      </p>
      <progress aria-label="Promised time used" value={share} max={1} className={cx("h-2 w-full overflow-hidden rounded-full", state === "late" ? "progress-danger" : state === "soon" ? "progress-warn" : "progress-brand")} />
    </div>
  );
}
