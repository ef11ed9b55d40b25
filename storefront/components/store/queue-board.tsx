"use client";

import { Link } from "@/components/ui/link";
import { useState } from "react";
import { Age } from "@/components/store/age";
import { Failed } from "@/components/staff/failed";
import { partOf } from "@/components/store/parts";
import { RejectDialog } from "@/components/store/reject-dialog";
import { useStore } from "@/components/store/store-frame";
import { Button } from "@/components/ui/button";
import { Badge, Banner, Notice, Skeleton } from "@/components/ui/states";
import { api, call } from "@/lib/api/client";
import type { Order } from "@/lib/api/types";
import { useAction } from "@/lib/problems/use-problem";

const COLUMNS = [
  { title: "New", states: ["placed"] },
  { title: "Accepted", states: ["accepted"] },
  { title: "Picking", states: ["picking"] },
  { title: "Packed", states: ["packed", "ready_for_collection"] },
  { title: "Handed over", states: ["out_for_delivery", "undeliverable"] },
] as const;

/** The store's orders as columns, live. */
export function QueueBoard() {
  const { store, queue } = useStore();
  const { orders, cut, error, busy, refresh } = queue;
  return (
    <div className="grid gap-4">
      <h1 className="text-2xl font-extrabold">Orders</h1>
      {Boolean(error) && <Failed what={orders ? "These orders may be out of date." : "The orders could not be read."} fault={error} busy={busy} onAgain={refresh} />}
      {cut && <Banner tone="warn">There are more open orders than fit here. The oldest {orders?.length} are shown.</Banner>}
      <div className="-mx-4 flex snap-x snap-mandatory scroll-px-4 gap-3 overflow-x-auto px-4 pb-4 lg:grid lg:grid-cols-5" tabIndex={0} role="region" aria-label="Orders by state">
        {COLUMNS.map(({ title, states }) => {
          const inside = (orders ?? []).filter((order) => (states as readonly string[]).includes(partOf(order, store.id)?.part.status ?? ""));
          return (
            <section key={title} aria-label={title} data-testid={`column-${states[0]}`} className="grid w-[85vw] shrink-0 snap-start content-start gap-3 rounded-2xl bg-sunken p-3 sm:w-80 lg:w-auto lg:p-2 xl:p-3">
              <h2 className="flex items-center justify-between text-lg font-bold">{title}<Badge tone={inside.length && title === "New" ? "sun" : "plain"}>{inside.length}</Badge></h2>
              {!orders && !error && <Skeleton className="h-36 bg-line" />}
              {orders && inside.length === 0 && <p className="py-6 text-center text-muted">Nothing here</p>}
              {inside.map((order) => <QueueCard key={order.id} order={order} onChanged={refresh} />)}
            </section>
          );
        })}
      </div>
      {orders?.length === 0 && <Notice title="All done">New orders appear here by themselves.</Notice>}
    </div>
  );
}

function QueueCard({ order, onChanged }: { order: Order; onChanged: () => void }) {
  const { store } = useStore();
  const { busy, run } = useAction();
  const [rejecting, setRejecting] = useState(false);
  const own = partOf(order, store.id);
  if (!own) return null;
  const { part, lines } = own;
  const units = lines.reduce((sum, { quantity }) => sum + quantity, 0);
  const params = { path: { order_id: order.id }, query: { store_id: store.id } };
  const accept = () => run(async () => {
    await call(api.POST("/api/v1/store/orders/{order_id}/accept", { params }));
    onChanged();
  });
  const picked = lines.filter((line) => line.picked !== null).length;
  return (
    <article data-testid="queue-card" className="grid gap-3 rounded-2xl border border-line bg-surface p-3 shadow-sm xl:p-4">
      <div className="flex flex-wrap items-center justify-between gap-2">
        <h3 className="text-lg font-extrabold"><Link href={`/store/orders/${order.id}`} className="underline-offset-4 hover:underline">{order.number}</Link></h3>
        <Badge tone={order.mode === "pickup" ? "info" : "plain"}>{order.mode === "pickup" ? "Pickup" : "Delivery"}</Badge>
      </div>
      <Age order={order} />
      <p className="text-muted">
        {lines.length} {lines.length === 1 ? "line" : "lines"}, {units} {units === 1 ? "unit" : "units"}
        {part.status === "picking" && ` · ${picked} of ${lines.length} picked`}
        {order.flags.length > 0 && <span className="block font-semibold text-warn">{order.flags.join(", ").replaceAll("_", " ")}</span>}
        {part.rider && <span className="block font-semibold text-ink">Rider: {part.rider.name}</span>}
        {part.status === "undeliverable" && <span className="block font-semibold text-danger">Nobody took it at the door</span>}
      </p>
      {part.status === "placed" ? (
        <div className="flex flex-wrap gap-2">
          <Button size="huge" className="flex-1" busy={busy} onClick={accept}>Accept</Button>
          <Button look="secondary" size="huge" className="flex-1" onClick={() => setRejecting(true)}>Reject</Button>
        </div>
      ) : (
        <Link href={`/store/orders/${order.id}`} className="inline-flex min-h-14 items-center justify-center rounded-xl border border-edge text-lg font-semibold hover:bg-sunken">
          {part.status === "accepted" ? "Start picking" : part.status === "picking" ? "Go on picking" : part.status === "ready_for_collection" ? "Hand over" : "Open"}
        </Link>
      )}
      {rejecting && <RejectDialog order={order} onClose={() => setRejecting(false)} onDone={onChanged} />}
    </article>
  );
}
