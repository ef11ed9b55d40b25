"use client";

import { CircleCheck } from "lucide-react";
import { useState } from "react";
import useSWR from "swr";
import useSWRInfinite from "swr/infinite";
import { Failed } from "@/components/staff/failed";
import { StockDialog } from "@/components/store/stock-dialog";
import { shopDate } from "@/components/store/store-time";
import { useStore } from "@/components/store/store-frame";
import { Button } from "@/components/ui/button";
import { Dialog } from "@/components/ui/dialog";
import { Badge, Card, Notice, Skeleton } from "@/components/ui/states";
import { api, call } from "@/lib/api/client";

/** What of the shelf needs a look: units that orders were promised and are not there, and what runs low. */
export function Alerts() {
  const { store } = useStore();
  const [sku, setSku] = useState<string | null>(null);
  const { data, error, size, setSize, mutate, isValidating } = useSWRInfinite(
    (index, before: { next: string | null } | null) => (index > 0 && !before?.next ? null : ["alerts", store.id, before?.next ?? null] as const),
    ([, storeId, cursor]) => call(api.GET("/api/v1/store/alerts", { params: { query: { store_id: storeId, limit: 50, ...(cursor ? { cursor } : {}) } } })),
    { refreshInterval: 30_000 },
  );
  const alerts = data?.flatMap(({ items }) => items) ?? [];
  return (
    <div className="mx-auto grid max-w-4xl gap-4">
      <h1 className="text-2xl font-extrabold">Alerts</h1>
      {error && <Failed what={data ? "These alerts may be out of date." : "The alerts could not be read."} fault={error} busy={isValidating} onAgain={() => void mutate()} />}
      {!data && !error && <Skeleton className="h-80" />}
      {data && alerts.length === 0 && <Notice icon={<CircleCheck aria-hidden="true" className="size-8" />} title="All is well">Nothing is short or running low.</Notice>}
      <ul className="grid gap-3 md:grid-cols-2">
        {alerts.map((alert) => (
          <li key={`${alert.kind}-${alert.sku}`}>
            <Card className="grid h-full gap-2">
              <p className="flex items-start justify-between gap-3">
                <span className="font-bold">{alert.name}</span>
                <Badge tone={alert.kind === "shortage" ? "bad" : "warn"}>{alert.kind === "shortage" ? "Shortage" : "Low stock"}</Badge>
              </p>
              <p className="text-muted">
                {alert.kind === "shortage"
                  ? `${alert.missing} promised ${alert.missing === 1 ? "unit is" : "units are"} not there. The orders are being moved, shortened or refunded.`
                  : `${alert.available_quantity} left, warned below ${alert.low_stock_at}.`}
                <br /><span className="text-sm">{alert.sku} · since {shopDate(alert.since, store.timezone)}</span>
              </p>
              <Button look="secondary" size="huge" onClick={() => setSku(alert.sku)} className="mt-auto">Count it</Button>
            </Card>
          </li>
        ))}
      </ul>
      {data?.at(-1)?.next && <Button look="secondary" size="huge" busy={isValidating} onClick={() => void setSize(size + 1)}>Show more</Button>}
      {sku && <AlertItem sku={sku} onClose={() => setSku(null)} onChanged={() => { setSku(null); void mutate(); }} />}
    </div>
  );
}

function AlertItem({ sku, onClose, onChanged }: { sku: string; onClose: () => void; onChanged: () => void }) {
  const { store } = useStore();
  const { data, error, isValidating, mutate } = useSWR(["stock-item", store.id, sku], () => call(api.GET("/api/v1/store/inventory", { params: { query: { store_id: store.id, q: sku, limit: 5 } } })));
  const item = data?.items.find((one) => one.sku === sku);
  if (item) return <StockDialog item={item} onClose={onClose} onChanged={onChanged} />;
  return (
    <Dialog open title={sku} closeLabel="Close" onClose={onClose}>
      {error && <Failed what="The item could not be read." fault={error} busy={isValidating} onAgain={() => void mutate()} />}
      {!error && (data ? <p>This item is not on the shelf any more.</p> : <Skeleton className="h-64" />)}
    </Dialog>
  );
}
