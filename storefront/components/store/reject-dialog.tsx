"use client";

import { useState } from "react";
import { useStore } from "@/components/store/store-frame";
import { Button } from "@/components/ui/button";
import { Dialog } from "@/components/ui/dialog";
import { TextField } from "@/components/ui/field";
import { toast } from "@/components/ui/toast";
import { api, call } from "@/lib/api/client";
import type { Order } from "@/lib/api/types";
import { useAction } from "@/lib/problems/use-problem";

const REASONS = ["Too much to do", "Goods are missing or damaged", "Closing now", "No power or no network"];

/** A rejected order goes to the next store that can serve it, or back to the customer with the money. */
export function RejectDialog({ order, onClose, onDone }: { order: Order; onClose: () => void; onDone: () => void }) {
  const { store } = useStore();
  const { busy, run } = useAction();
  const [other, setOther] = useState("");
  const reject = (reason: string) => run(async () => {
    await call(api.POST("/api/v1/store/orders/{order_id}/reject", { params: { path: { order_id: order.id }, query: { store_id: store.id } }, body: { reason } }));
    toast(`${order.number} was passed on`);
    onClose();
    onDone();
  });
  return (
    <Dialog open title={`Reject ${order.number}: why?`} closeLabel="Close" onClose={onClose}>
      <div className="grid gap-3">
        {REASONS.map((reason) => <Button key={reason} look="secondary" size="huge" wide disabled={busy} onClick={() => reject(reason)}>{reason}</Button>)}
        <form className="grid gap-3 border-t border-line pt-3" onSubmit={(event) => { event.preventDefault(); if (other.trim()) void reject(other.trim()); }}>
          <TextField label="Another reason" value={other} maxLength={200} onChange={(event) => setOther(event.target.value)} />
          <Button type="submit" look="danger" size="huge" busy={busy} disabled={!other.trim()}>Reject</Button>
        </form>
      </div>
    </Dialog>
  );
}
