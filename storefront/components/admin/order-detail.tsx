"use client";

import { ArrowLeft } from "lucide-react";
import { Link } from "@/components/ui/link";
import { useState } from "react";
import useSWR from "swr";
import { OrderState } from "@/components/admin/orders";
import { useStores } from "@/components/admin/use-stores";
import { Button } from "@/components/ui/button";
import { Dialog } from "@/components/ui/dialog";
import { Select, TextField } from "@/components/ui/field";
import { Badge, Banner, Card, Notice, Skeleton } from "@/components/ui/states";
import { toast } from "@/components/ui/toast";
import { api, call, idempotencyKey } from "@/lib/api/client";
import type { components } from "@/lib/api/schema";
import type { Order } from "@/lib/api/types";
import { money } from "@/lib/money";
import { distance, dateAndTime, minutes } from "@/lib/time";
import { useAction } from "@/lib/problems/use-problem";

type Row = components["schemas"]["RoutingRow"];
type Status = components["schemas"]["Status"]["status"];

const NEXT: Partial<Record<string, Status[]>> = {
  placed: ["accepted", "cancelled"], accepted: ["picking", "cancelled"], picking: ["packed", "cancelled"], packed: ["out_for_delivery", "cancelled"],
  ready_for_collection: ["collected", "cancelled"], out_for_delivery: ["delivered", "undeliverable"], undeliverable: ["out_for_delivery", "returned"], payment_pending: ["cancelled"],
};

/** One order from every side: what, where it is, the money, why this store; and what staff may do about it. */
export function OrderDetail({ id }: { id: string }) {
  const { data: order, error, mutate } = useSWR(["admin/order", id], () => call(api.GET("/api/v1/orders/{order_id}", { params: { path: { order_id: id } } })), { refreshInterval: 10_000 });
  const [asking, setAsking] = useState<"status" | "reroute" | "refund" | "code" | null>(null);
  if (error) return <Notice title="No such order" action={<Link href="/admin/orders" className="font-semibold text-brand-deep underline">All orders</Link>} />;
  if (!order) return <Skeleton className="h-96" />;
  const next = NEXT[order.status] ?? [];
  const done = () => { setAsking(null); void mutate(); };
  return (
    <div className="grid gap-4">
      <Link href="/admin/orders" className="tap inline-flex items-center gap-2 justify-self-start font-semibold text-brand-deep"><ArrowLeft aria-hidden="true" className="size-5" />All orders</Link>
      <div className="flex flex-wrap items-center gap-3">
        <h1 className="text-2xl font-extrabold">{order.number}</h1>
        <OrderState status={order.status} />
        <Badge>{order.mode}</Badge>
        {order.flags.map((flag) => <Badge key={flag} tone="warn">{flag.replaceAll("_", " ")}</Badge>)}
        <span className="ml-auto flex flex-wrap gap-2">
          {next.length > 0 && <Button look="secondary" onClick={() => setAsking("status")}>Change state</Button>}
          {["placed", "accepted"].includes(order.status) && <Button look="secondary" onClick={() => setAsking("reroute")}>Other store</Button>}
          {order.payment.captured.amount > order.payment.refunded.amount && <Button look="secondary" onClick={() => setAsking("refund")}>Refund</Button>}
          {["packed", "ready_for_collection", "out_for_delivery"].includes(order.status) && <Button look="secondary" onClick={() => setAsking("code")}>New code</Button>}
        </span>
      </div>
      {order.note && <Banner tone="sun">{order.note}</Banner>}
      <div className="grid gap-4 lg:grid-cols-3">
        <Card className="lg:col-span-2"><Lines order={order} /></Card>
        <Card><People order={order} /></Card>
        <Card className="lg:col-span-2"><WhyThisStore id={id} /></Card>
        <Card><Timeline order={order} /></Card>
      </div>
      {asking === "status" && <StatusDialog order={order} states={next} onClose={() => setAsking(null)} onDone={done} />}
      {asking === "reroute" && <RerouteDialog order={order} onClose={() => setAsking(null)} onDone={done} />}
      {asking === "refund" && <RefundDialog order={order} onClose={() => setAsking(null)} onDone={done} />}
      {asking === "code" && <CodeDialog order={order} onClose={() => setAsking(null)} onDone={done} />}
    </div>
  );
}

function Lines({ order }: { order: Order }) {
  const { totals, payment } = order;
  const sums: [string, number][] = [["Items", totals.items.amount], ["Delivery", totals.delivery_fee.amount], ["Handling", totals.handling_fee.amount], ["Tip", totals.tip.amount], ["Discount", -totals.discount.amount]];
  return (
    <>
      <h2 className="mb-2 text-lg font-bold">Goods and money</h2>
      <ul className="grid gap-1">
        {order.lines.map((line) => (
          <li key={line.id} className="flex justify-between gap-3 border-b border-line py-1.5">
            <span>{line.quantity} × {line.name}{line.picked !== null && line.picked < line.quantity && <span className="font-semibold text-danger"> ({line.picked} found)</span>}</span>
            <span className="tabular-nums">{money(line.total)}</span>
          </li>
        ))}
      </ul>
      <dl className="mt-3 grid gap-1">
        {sums.filter(([, amount]) => amount !== 0).map(([name, amount]) => <div key={name} className="flex justify-between text-muted"><dt>{name}</dt><dd className="tabular-nums">{money({ amount, currency: totals.total.currency })}</dd></div>)}
        <div className="flex justify-between text-lg font-extrabold"><dt>Total</dt><dd className="tabular-nums">{money(totals.total)}</dd></div>
        <div className="flex justify-between text-muted"><dt>{payment.provider}: {payment.status.replaceAll("_", " ")}</dt><dd className="tabular-nums">{money(payment.captured)} paid, {money(payment.refunded)} back</dd></div>
      </dl>
    </>
  );
}

function People({ order }: { order: Order }) {
  const { address, customer, rider } = order;
  return (
    <dl className="grid gap-3">
      <div><dt className="text-sm text-muted">Customer</dt><dd className="font-semibold">{customer.name}{customer.phone && `, ${customer.phone}`}</dd></div>
      {address && <div><dt className="text-sm text-muted">Address</dt><dd>{[address.unit, address.text].filter(Boolean).join(", ")}{address.door_note && <span className="block text-muted">{address.door_note}</span>}</dd></div>}
      {order.fulfilments.map((part) => (
        <div key={part.id}><dt className="text-sm text-muted">{part.store.name}</dt><dd className="flex items-center gap-2"><OrderState status={part.status} /> {distance(part.store.distance_m)}</dd></div>
      ))}
      <div><dt className="text-sm text-muted">Rider</dt><dd>{rider ? `${rider.name}${rider.phone ? `, ${rider.phone}` : ""}` : "not yet"}</dd></div>
      <div><dt className="text-sm text-muted">Promised by</dt><dd>{dateAndTime(order.eta.at)}</dd></div>
      {order.rating && <div><dt className="text-sm text-muted">Rating</dt><dd>Store {order.rating.store ?? "–"}, rider {order.rating.rider ?? "–"}{order.rating.comment && `: ${order.rating.comment}`}</dd></div>}
    </dl>
  );
}

function Timeline({ order }: { order: Order }) {
  return (
    <>
      <h2 className="mb-2 text-lg font-bold">History</h2>
      <ol className="grid gap-2">
        {order.history.map((row, index) => (
          <li key={index} className="border-l-4 border-brand-soft pl-3">
            <p className="font-semibold">{row.action.replaceAll("_", " ")}</p>
            <p className="text-sm text-muted">{dateAndTime(row.at)}{row.by && ` · ${row.by}`}{row.reason && ` · ${row.reason}`}</p>
          </li>
        ))}
      </ol>
    </>
  );
}

function WhyThisStore({ id }: { id: string }) {
  const { data } = useSWR(["admin/routing", id], () => call(api.GET("/api/v1/admin/orders/{order_id}/routing", { params: { path: { order_id: id } } })));
  return (
    <>
      <h2 className="mb-2 text-lg font-bold">Why this store</h2>
      {!data ? <Skeleton className="h-24" /> : (
        <>
          <Candidates rows={data.candidates} label="Stores that were weighed" />
          {data.before.map((past, index) => (
            <div key={index} className="mt-4">
              <p className="font-semibold">Before, at {past.store_id}; left for: {past.left_for}</p>
              <Candidates rows={past.candidates} label={`Stores weighed before, ${index + 1}`} />
            </div>
          ))}
        </>
      )}
    </>
  );
}

function Candidates({ rows, label }: { rows: Row[]; label: string }) {
  if (rows.length === 0) return <p className="text-muted">Nothing was weighed: the order came from a quote or one store alone was asked.</p>;
  return (
    <div role="region" aria-label={label} tabIndex={0} className="overflow-x-auto">
      <table className="w-full text-left text-sm">
        <thead><tr className="border-b border-line text-muted">{["Store", "Distance", "Promise", "Load", "Score", "Verdict"].map((name) => <th key={name} scope="col" className="p-2">{name}</th>)}</tr></thead>
        <tbody>
          {rows.map((row) => (
            <tr key={row.store_id} className={row.verdict === "chosen" ? "bg-brand-soft font-semibold" : undefined}>
              <td className="p-2">{row.name}</td>
              <td className="p-2">{distance(row.distance_m)}</td>
              <td className="p-2">{minutes(row.eta_s)} min</td>
              <td className="p-2">{row.load === undefined ? "–" : `${Math.round(row.load * 100)} %`}</td>
              <td className="p-2">{row.score ? <span title={`fill ${row.score.fill}, promise ${row.score.promise}, load ${row.score.load}, cost ${row.score.cost}`}>{row.score.total.toFixed(3)}</span> : "–"}</td>
              <td className="p-2">{row.verdict.replaceAll("_", " ")}{row.short && row.short.length > 0 && ` (${row.short.length} short)`}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

type Ask = { order: Order; onClose: () => void; onDone: () => void };

function StatusDialog({ order, states, onClose, onDone }: Ask & { states: Status[] }) {
  const { busy, run } = useAction();
  const save = (fields: FormData) => run(async () => {
    const reason = String(fields.get("reason")).trim();
    await call(api.PATCH("/api/v1/orders/{order_id}/status", { params: { path: { order_id: order.id } }, body: { status: String(fields.get("status")) as Status, ...(reason ? { reason } : {}) } }));
    toast(`${order.number} is changed`);
    onDone();
  });
  return (
    <Dialog open title={`State of ${order.number}`} closeLabel="Close" onClose={onClose}>
      <form className="grid gap-4" onSubmit={(event) => { event.preventDefault(); void save(new FormData(event.currentTarget)); }}>
        <Select label="New state" name="status">{states.map((state) => <option key={state} value={state}>{state.replaceAll("_", " ")}</option>)}</Select>
        <TextField label="Why" name="reason" required maxLength={200} hint="Kept in the order's history." />
        <Button type="submit" size="large" busy={busy}>Change</Button>
      </form>
    </Dialog>
  );
}

function RerouteDialog({ order, onClose, onDone }: Ask) {
  const { busy, run } = useAction();
  const { data: stores = [] } = useStores();
  const save = (fields: FormData) => run(async () => {
    const store = String(fields.get("store"));
    await call(api.POST("/api/v1/admin/orders/{order_id}/reroute", { params: { path: { order_id: order.id } }, body: { reason: String(fields.get("reason")), ...(store ? { store_id: store } : {}) } }));
    toast(`${order.number} went to another store`);
    onDone();
  });
  return (
    <Dialog open title={`${order.number} to another store`} closeLabel="Close" onClose={onClose}>
      <form className="grid gap-4" onSubmit={(event) => { event.preventDefault(); void save(new FormData(event.currentTarget)); }}>
        <Select label="Store" name="store"><option value="">The best one, by the routing policy</option>{stores.filter(({ id }) => id !== order.store.id).map(({ id, name }) => <option key={id} value={id}>{name}</option>)}</Select>
        <TextField label="Why" name="reason" required maxLength={200} />
        <Button type="submit" size="large" busy={busy}>Move the order</Button>
      </form>
    </Dialog>
  );
}

function RefundDialog({ order, onClose, onDone }: Ask) {
  const { busy, run } = useAction();
  const [key] = useState(idempotencyKey);
  const left = order.payment.captured.amount - order.payment.refunded.amount;
  const currency = order.payment.captured.currency;
  const save = (fields: FormData) => run(async () => {
    const amount = Math.round(Number(fields.get("amount")) * 100);
    await call(api.POST("/api/v1/orders/{order_id}/refunds", { params: { path: { order_id: order.id }, header: { "Idempotency-Key": `${key}-${amount}` } }, body: { amount: { amount, currency }, reason: String(fields.get("reason")) } }));
    toast(`${money({ amount, currency })} go back`);
    onDone();
  });
  return (
    <Dialog open title={`Refund for ${order.number}`} closeLabel="Close" onClose={onClose}>
      <form className="grid gap-4" onSubmit={(event) => { event.preventDefault(); void save(new FormData(event.currentTarget)); }}>
        <TextField label={`Amount in rupees, at most ${money({ amount: left, currency })}`} name="amount" type="number" min={0.01} max={left / 100} step={0.01} defaultValue={left / 100} required />
        <TextField label="Why" name="reason" required maxLength={200} />
        <Button type="submit" look="danger" size="large" busy={busy}>Give back</Button>
      </form>
    </Dialog>
  );
}

function CodeDialog({ order, onClose, onDone }: Ask) {
  const { busy, run } = useAction();
  const save = (reason: string) => run(async () => {
    await call(api.POST("/api/v1/admin/orders/{order_id}/delivery-code", { params: { path: { order_id: order.id } }, body: { reason } }));
    toast("The customer sees a new code now");
    onDone();
  });
  return (
    <Dialog open title={`New code for ${order.number}`} closeLabel="Close" onClose={onClose}>
      <form className="grid gap-4" onSubmit={(event) => { event.preventDefault(); void save(String(new FormData(event.currentTarget).get("reason"))); }}>
        <p>The old code stops working and the tries begin anew. Only the customer sees the new one.</p>
        <TextField label="Why" name="reason" required maxLength={200} />
        <Button type="submit" size="large" busy={busy}>Make a new code</Button>
      </form>
    </Dialog>
  );
}
