"use client";

import { Download } from "lucide-react";
import { useState, type ReactNode } from "react";
import useSWR from "swr";
import { PageHead } from "@/components/admin/page-head";
import { StoreSelect } from "@/components/admin/store-select";
import { Select } from "@/components/ui/field";
import { Badge, Banner, Card, Skeleton } from "@/components/ui/states";
import { api, call } from "@/lib/api/client";
import type { components } from "@/lib/api/schema";
import { money } from "@/lib/money";
import { useSentence } from "@/lib/problems/use-problem";
import { clock, timeOfDay } from "@/lib/time";

type Kpis = components["schemas"]["Kpis"];
const WINDOWS = [[15, "15 minutes"], [60, "1 hour"], [360, "6 hours"], [1_440, "24 hours"]] as const;
const LATE_S = 300;

/** How the city runs just now, read anew every five seconds. */
export function Dashboard() {
  const [minutes, setMinutes] = useState(60);
  const { data, error } = useSWR(["admin/kpis", minutes], () => call(api.GET("/api/v1/admin/analytics/kpis", { params: { query: { window_minutes: minutes } } })), { refreshInterval: 5_000, keepPreviousData: true });
  const problem = useSentence(error);
  return (
    <>
      <PageHead title="Dashboard">
        <Select label="The last" value={minutes} onChange={(event) => setMinutes(Number(event.target.value))}>{WINDOWS.map(([value, words]) => <option key={value} value={value}>{words}</option>)}</Select>
      </PageHead>
      {problem && <div className="mb-4"><Banner tone="bad">{data ? `These figures are from ${timeOfDay(data.at)}. ` : ""}{problem}</Banner></div>}
      {!data ? <Skeleton className="h-96" /> : (
        <div className="grid gap-4">
          <ul className="grid grid-cols-2 gap-3 md:grid-cols-4">
            <Figure name="Orders placed" value={data.orders.placed} note={`${data.orders.active} on their way, ${data.orders.cancelled} cancelled`} />
            <Figure name="Promise kept" value={data.promise.kept_percent === null ? "–" : `${Math.round(data.promise.kept_percent)} %`} note={`${data.promise.kept} in time, ${data.promise.late} late`} tone={data.promise.kept_percent !== null && data.promise.kept_percent < 90 ? "bad" : undefined} />
            <Figure name="To the door" value={data.minutes_to_door.p50 === null ? "–" : `${data.minutes_to_door.p50.toFixed(0)} min`} note={data.minutes_to_door.p95 === null ? "nothing delivered" : `95 % within ${data.minutes_to_door.p95.toFixed(0)} min`} />
            <Figure name="Revenue" value={money(data.revenue)} note={`${data.orders.delivered} delivered`} />
            <Figure name="Riders on duty" value={data.riders.on_duty} note={`${data.riders.busy} busy, ${data.riders.free} free`} />
            <Figure name="Waiting for a rider" value={data.waiting_for_rider} tone={data.waiting_for_rider > data.riders.free ? "bad" : undefined} note={data.waiting_for_rider > data.riders.free ? "more than riders are free" : "enough riders are free"} />
            <Figure name="Sold out" value={data.stock_outs.count} note="things on all shelves" />
            <Figure name="As of" value={timeOfDay(data.at)} note="read every 5 seconds" />
          </ul>
          <div className="grid gap-4 xl:grid-cols-2">
            <Card className="min-w-0"><OrdersPerMinute rows={data.orders_per_minute} /></Card>
            <Card className="min-w-0"><Queues queues={data.queues} /></Card>
            <Card className="min-w-0"><StockOuts outs={data.stock_outs} /></Card>
            <Card className="min-w-0"><Sales /></Card>
          </div>
        </div>
      )}
    </>
  );
}

function Figure({ name, value, note, tone }: { name: string; value: ReactNode; note: string; tone?: "bad" }) {
  return (
    <li className="rounded-2xl border border-line bg-surface p-4">
      <p className="text-sm text-muted">{name}</p>
      <p className={`text-3xl font-extrabold tabular-nums ${tone === "bad" ? "text-danger" : ""}`}>{value}</p>
      <p className="text-sm text-muted">{note}</p>
    </li>
  );
}

const WIDTH = 600;
const HEIGHT = 160;

function OrdersPerMinute({ rows }: { rows: Kpis["orders_per_minute"] }) {
  const most = Math.max(1, ...rows.map(({ count }) => count));
  const step = WIDTH / Math.max(1, rows.length);
  const sum = rows.reduce((all, { count }) => all + count, 0);
  return (
    <figure>
      <figcaption className="mb-2 text-lg font-bold">Orders per minute</figcaption>
      <svg viewBox={`0 0 ${WIDTH} ${HEIGHT}`} role="img" aria-label={`${sum} orders in ${rows.length} minutes, at most ${most} in one`} className="w-full">
        <line x1="0" x2={WIDTH} y1={HEIGHT - 1} y2={HEIGHT - 1} stroke="var(--line)" />
        {rows.map(({ at, count }, index) => {
          const height = (count / most) * (HEIGHT - 24);
          return <rect key={at} x={index * step + step * 0.1} y={HEIGHT - height} width={Math.max(0.5, step * 0.8)} height={height} fill="var(--brand)"><title>{`${timeOfDay(at)}: ${count}`}</title></rect>;
        })}
        <text x="2" y="14" fontSize="13" fill="var(--muted)">{most}</text>
      </svg>
      <p className="flex justify-between text-sm text-muted"><span>{rows[0] && timeOfDay(rows[0].at)}</span><span>{rows.at(-1) && timeOfDay(rows.at(-1)?.at ?? "")}</span></p>
      <details className="mt-2">
        <summary className="min-h-8 text-sm font-semibold">As a table</summary>
        <div role="region" aria-label="Orders per minute as a table" tabIndex={0} className="max-h-60 overflow-auto">
          <table className="w-full text-left text-sm tabular-nums">
            <thead><tr className="text-muted"><th scope="col">Minute</th><th scope="col" className="text-right">Orders</th></tr></thead>
            <tbody>
              {rows.filter(({ count }) => count > 0).map(({ at, count }) => <tr key={at} className="border-t border-line"><td>{timeOfDay(at)}</td><td className="text-right">{count}</td></tr>)}
            </tbody>
          </table>
        </div>
        <p className="text-sm text-muted">Minutes without an order are left out.</p>
      </details>
    </figure>
  );
}

function Queues({ queues }: { queues: Kpis["queues"] }) {
  const worst = queues.toSorted((one, other) => (other.oldest_age_s ?? -1) - (one.oldest_age_s ?? -1));
  return (
    <>
      <h2 className="mb-2 text-lg font-bold">Queues in the stores</h2>
      <div role="region" aria-label="Queues" tabIndex={0} className="max-h-80 overflow-auto">
        <table className="w-full text-left">
          <thead><tr className="text-sm text-muted">{["Store", "New", "Accepted", "Picking", "Packed", "Oldest"].map((name, index) => <th key={name} scope="col" className={index ? "p-1.5 text-right" : "p-1.5"}>{name}</th>)}</tr></thead>
          <tbody>
            {worst.map((queue) => (
              <tr key={queue.store_id} className="border-t border-line tabular-nums">
                <td className="p-1.5">{queue.name} {queue.mode !== "open" && <Badge tone="warn">{queue.mode}</Badge>}</td>
                <td className="p-1.5 text-right">{queue.placed}</td><td className="p-1.5 text-right">{queue.accepted}</td><td className="p-1.5 text-right">{queue.picking}</td><td className="p-1.5 text-right">{queue.packed}</td>
                <td className={`p-1.5 text-right ${(queue.oldest_age_s ?? 0) > LATE_S ? "font-bold text-danger" : ""}`}>{queue.oldest_age_s === null ? "–" : clock(queue.oldest_age_s)}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </>
  );
}

function StockOuts({ outs }: { outs: Kpis["stock_outs"] }) {
  const most = Math.max(1, ...outs.worst.map(({ count }) => count));
  return (
    <>
      <h2 className="mb-2 text-lg font-bold">Sold out by store</h2>
      {outs.worst.length === 0 && <p className="text-muted">Nothing is sold out.</p>}
      <ul className="grid gap-2">
        {outs.worst.map(({ store_id, name, count }) => (
          <li key={store_id}>
            <p className="flex justify-between"><span>{name}</span><span className="tabular-nums">{count}</span></p>
            <progress aria-label={`${name}: ${count} sold out`} value={count} max={most} className="progress-warn h-2 w-full overflow-hidden rounded-full" />
          </li>
        ))}
      </ul>
    </>
  );
}

function Sales() {
  const [storeId, setStoreId] = useState("");
  const { data } = useSWR(["admin/sales", storeId], () => call(api.GET("/api/v1/admin/analytics/sales", { params: { query: storeId ? { store_id: storeId } : {} } })), { refreshInterval: 60_000 });
  const rows = data?.days ?? [];
  const csv = () => {
    const lines = ["day,orders,items,revenue_paise,average_basket_paise,cancelled,refunds_paise", ...rows.map((day) => [day.day, day.orders, day.items, day.revenue.amount, day.average_basket.amount, day.cancelled, day.refunds.amount].join(","))];
    const link = document.createElement("a");
    link.href = URL.createObjectURL(new Blob([`${lines.join("\n")}\n`], { type: "text/csv" }));
    link.download = "sales.csv";
    link.click();
    setTimeout(() => URL.revokeObjectURL(link.href), 1_000);
  };
  return (
    <>
      <div className="mb-2 flex flex-wrap items-end justify-between gap-3">
        <h2 className="text-lg font-bold">Sales by day</h2>
        <span className="flex items-end gap-2">
          <StoreSelect value={storeId} onChange={setStoreId} />
          <button type="button" onClick={csv} className="inline-flex min-h-11 items-center gap-2 rounded-xl border border-edge px-3 font-semibold hover:bg-sunken"><Download aria-hidden="true" className="size-5" />CSV</button>
        </span>
      </div>
      <div role="region" aria-label="Sales by day" tabIndex={0} className="overflow-x-auto">
        <table className="w-full text-left">
          <thead><tr className="text-sm text-muted">{["Day", "Orders", "Items", "Revenue", "Basket", "Cancelled", "Refunds"].map((name, index) => <th key={name} scope="col" className={index ? "p-1.5 text-right" : "p-1.5"}>{name}</th>)}</tr></thead>
          <tbody>
            {rows.map((day) => (
              <tr key={day.day} className="border-t border-line tabular-nums">
                <td className="p-1.5">{day.day}</td><td className="p-1.5 text-right">{day.orders}</td><td className="p-1.5 text-right">{day.items}</td><td className="p-1.5 text-right">{money(day.revenue)}</td><td className="p-1.5 text-right">{money(day.average_basket)}</td><td className="p-1.5 text-right">{day.cancelled}</td><td className="p-1.5 text-right">{money(day.refunds)}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </>
  );
}
