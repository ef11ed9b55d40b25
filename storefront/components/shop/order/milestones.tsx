"use client";

import { Check } from "lucide-react";
import { cx } from "@/components/ui/cx";
import type { Order } from "@/lib/api/types";
import type { Key } from "@/lib/i18n/dictionaries";
import { useLocale, useT } from "@/lib/i18n/client";
import { timeOfDay } from "@/lib/time";

type Stone = { state: string; at: string; name: Key };

const START: Stone[] = [
  { state: "placed", at: "placed_at", name: "order.step.placed" },
  { state: "accepted", at: "accepted_at", name: "order.step.accepted" },
  { state: "picking", at: "picking_at", name: "order.step.picking" },
];
const WAYS: Record<string, Stone[]> = {
  instant: [
    ...START,
    { state: "packed", at: "packed_at", name: "order.step.packed" },
    { state: "out_for_delivery", at: "picked_up_at", name: "order.step.out_for_delivery" },
    { state: "delivered", at: "delivered_at", name: "order.step.delivered" },
  ],
  pickup: [
    ...START,
    { state: "ready_for_collection", at: "ready_at", name: "order.step.ready_for_collection" },
    { state: "collected", at: "collected_at", name: "order.step.collected" },
  ],
};

/** How far the order is: what was, what is, what comes. */
export function Milestones({ order }: { order: Order }) {
  const t = useT();
  const locale = useLocale();
  const stones = WAYS[order.mode] ?? WAYS.instant ?? [];
  const now = stones.findLastIndex((stone) => reached(order, stone));
  return (
    <ol aria-label={t("order.progress")} className="grid gap-0">
      {stones.map((stone, index) => {
        const done = index <= now;
        const at = order.milestones[stone.at];
        return (
          <li key={stone.state} aria-current={index === now ? "step" : undefined} className="grid grid-cols-[1.75rem_1fr_auto] gap-x-3">
            <span aria-hidden="true" className="grid justify-items-center">
              <span className={cx("grid size-7 place-items-center rounded-full border-2", done ? "border-brand bg-brand text-on-brand" : "border-line bg-surface")}>
                {done && <Check className="size-4" />}
              </span>
              {index < stones.length - 1 && <span className={cx("h-5 w-0.5", index < now ? "bg-brand" : "bg-line")} />}
            </span>
            <span className={cx("pt-0.5", index === now ? "font-bold" : done ? "" : "text-muted")}>
              {t(stone.name)}
              <span className="sr-only"> – {t(done ? "order.done" : "order.toCome")}</span>
            </span>
            {at && <time dateTime={at} className="pt-0.5 text-sm text-muted tabular-nums">{timeOfDay(at, locale)}</time>}
          </li>
        );
      })}
    </ol>
  );
}

function reached(order: Order, stone: Stone): boolean {
  // Another store that took over begins again: what the first one did does not count then.
  const again = order.milestones.rerouted_at;
  const at = order.milestones[stone.at];
  return Boolean(at) && !(again && at && at < again && stone.state !== "placed") || order.status === stone.state;
}
