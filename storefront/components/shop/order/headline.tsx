"use client";

import type { RiderPosition } from "@/components/shop/order/use-order";
import { ENDED, useNow } from "@/components/shop/order/use-order";
import type { Order } from "@/lib/api/types";
import type { Key } from "@/lib/i18n/dictionaries";
import { useLocale, useT } from "@/lib/i18n/client";
import { minutes, timeOfDay } from "@/lib/time";

/** What happens now, in one sentence, and how long it still takes. */
export function Headline({ order, rider }: { order: Order; rider: RiderPosition | null }) {
  const t = useT();
  return (
    <div className="grid gap-1">
      <p role="status" data-testid="order-status" data-status={order.status} className="text-xl font-extrabold">
        {t(`order.status.${order.status}` as Key)}
      </p>
      <Expected order={order} rider={rider} />
    </div>
  );
}

const COUNTED = new Set(["placed", "accepted", "picking", "packed", "out_for_delivery"]);

function Expected({ order, rider }: { order: Order; rider: RiderPosition | null }) {
  const t = useT();
  const locale = useLocale();
  const counted = COUNTED.has(order.status);
  const now = useNow(counted);
  if (!counted) {
    const end = order.milestones.delivered_at ?? order.milestones.collected_at;
    return ENDED.has(order.status) && end ? <p className="text-muted">{t("order.endedAt", { time: timeOfDay(end, locale) })}</p> : null;
  }
  const pickup = order.mode === "pickup";
  // While the rider rides, his own way tells more than the promise.
  const due = rider && order.status === "out_for_delivery" ? new Date(rider.at).getTime() + rider.eta_s * 1_000 : new Date(order.eta.at).getTime();
  const left = Math.round((due - now) / 1_000);
  const promised = t("order.promised", { time: timeOfDay(order.eta.at, locale) });
  return (
    <p className="flex flex-wrap items-baseline gap-x-3">
      <span data-testid="eta" className="text-3xl font-extrabold text-brand-deep tabular-nums">
        {left > 0 ? t(pickup ? "order.readyIn" : "order.inMinutes", { count: minutes(left) }) : t("order.anyMoment")}
      </span>
      <span className="text-muted">{promised}</span>
    </p>
  );
}
