"use client";

import { useState } from "react";
import useSWR from "swr";
import { useStore } from "@/components/store/store-frame";
import { Button } from "@/components/ui/button";
import { Dialog } from "@/components/ui/dialog";
import { TextField } from "@/components/ui/field";
import { Skeleton } from "@/components/ui/states";
import { api, call } from "@/lib/api/client";
import type { Order } from "@/lib/api/types";
import { money } from "@/lib/money";
import { useAction } from "@/lib/problems/use-problem";

type Line = Order["lines"][number];

/** What to send, or to offer, for units that were not found: first what lies on the same shelf, or a search. */
export function SubstituteDialog({ order, line, picked, onClose, onDone }: { order: Order; line: Line; picked: number; onClose: () => void; onDone: (order: Order) => void }) {
  const { store } = useStore();
  const { busy, run } = useAction();
  const [words, setWords] = useState("");
  const asks = order.substitution.policy === "ask_me";
  const { data: similar } = useSWR(["similar", store.id, line.sku], () => call(api.GET("/api/v1/products/{sku}/related", { params: { path: { sku: line.sku }, query: { store_id: store.id, limit: 20 } } })));
  const { data: found } = useSWR(words.trim().length > 1 ? ["substitutes", store.id, words.trim()] : null, () => call(api.GET("/api/v1/products", { params: { query: { store_id: store.id, q: words.trim(), in_stock: true, limit: 20 } } })), { keepPreviousData: true });
  const items = words.trim().length > 1 ? found?.items : similar && (similar.sections.find(({ name }) => name === "similar")?.items ?? []);
  const offer = (sku: string) => run(async () => {
    onDone(await call(api.POST("/api/v1/store/orders/{order_id}/pick", { params: { path: { order_id: order.id }, query: { store_id: store.id } }, body: { line: line.id, picked, substitute_sku: sku } })));
    onClose();
  });
  return (
    <Dialog open title={`Instead of ${line.name}`} closeLabel="Close" onClose={onClose}>
      <div className="grid gap-3">
        <p className="text-muted">{asks ? "The customer is asked and answers on the order page." : "The customer wants the best match; it is sent without asking."} Nobody pays more than for what was ordered.</p>
        <TextField label="Search the shelf" type="search" value={words} onChange={(event) => setWords(event.target.value)} />
        {!items && <Skeleton className="h-40" />}
        {items?.length === 0 && <p className="text-muted">Nothing alike is on the shelf. Search for something, or send fewer.</p>}
        <ul className="grid gap-2">
          {items?.filter(({ sku, available }) => available && sku !== line.sku).map((one) => (
            <li key={one.sku}>
              <Button look="secondary" size="huge" wide busy={busy} onClick={() => offer(one.sku)} className="justify-between text-left text-base">
                <span className="line-clamp-2">{one.name}</span>
                {one.price && <span>{money(one.price)}</span>}
              </Button>
            </li>
          ))}
        </ul>
      </div>
    </Dialog>
  );
}
