"use client";

import { useState } from "react";
import { RadioCard } from "@/components/shop/checkout/radio-card";
import { Button } from "@/components/ui/button";
import { Dialog } from "@/components/ui/dialog";
import { api, call } from "@/lib/api/client";
import type { Order } from "@/lib/api/types";
import type { Key } from "@/lib/i18n/dictionaries";
import { useT } from "@/lib/i18n/client";
import { useAction } from "@/lib/problems/use-problem";

const REASONS = ["changed_mind", "too_slow", "wrong_items", "wrong_address", "other"];

export function CancelOrder({ order, onOrder, onAgain }: { order: Order; onOrder: (order: Order) => void; onAgain: () => void }) {
  const t = useT();
  const [asking, setAsking] = useState(false);
  const [reason, setReason] = useState("changed_mind");
  const { busy, run } = useAction();
  if (!order.allowed_actions.includes("cancel")) return null;
  const paid = order.payment.captured.amount > 0;
  const cancel = () => run(async () => {
    onOrder(await call(api.POST("/api/v1/orders/{order_id}/cancel", { params: { path: { order_id: order.id } }, body: { reason } })));
    setAsking(false);
    window.scrollTo({ top: 0 }); // where it says that it is cancelled
  }, (problem) => {
    if (problem.code === "invalid_transition") { setAsking(false); onAgain(); }
    return false;
  });
  return (
    <>
      <Button look="quiet" className="justify-self-start text-danger" onClick={() => setAsking(true)}>{t("order.cancel")}</Button>
      <Dialog open={asking} onClose={() => setAsking(false)} title={t("order.cancelSure")} closeLabel={t("close")}>
        <p className="mb-3 text-muted">{t(paid ? "order.cancelPaid" : "order.cancelUnpaid")}</p>
        <div role="radiogroup" aria-label={t("order.cancelWhy")} className="grid gap-2">
          {REASONS.map((one) => (
            <RadioCard key={one} name="reason" value={one} checked={reason === one} onChange={setReason}>{t(`order.cancel.${one}` as Key)}</RadioCard>
          ))}
        </div>
        <div className="mt-5 flex flex-wrap justify-end gap-2">
          <Button look="secondary" onClick={() => setAsking(false)}>{t("order.cancelKeep")}</Button>
          <Button look="danger" busy={busy} onClick={() => void cancel()}>{t("order.cancelYes")}</Button>
        </div>
      </Dialog>
    </>
  );
}
