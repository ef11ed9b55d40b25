"use client";

import { Card } from "@/components/ui/states";
import type { Order } from "@/lib/api/types";
import { useT } from "@/lib/i18n/client";

/** The one-time code that the rider, or the counter, asks for. */
export function Code({ order }: { order: Order }) {
  const t = useT();
  if (!order.delivery_code || order.status === "payment_pending") return null;
  const pickup = order.mode === "pickup";
  return (
    <Card className="grid justify-items-center gap-1 bg-sun-soft! text-center">
      <h2 className="font-semibold">{t(pickup ? "order.pickupCode" : "order.doorCode")}</h2>
      <p data-testid="delivery-code" className="font-mono text-5xl font-extrabold tracking-[0.25em] [text-indent:0.25em]">{order.delivery_code}</p>
      <p className="text-sm text-muted">{t(pickup ? "order.pickupCodeHint" : "order.doorCodeHint")}</p>
    </Card>
  );
}
