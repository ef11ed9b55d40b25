"use client";

import { Link } from "@/components/ui/link";
import { useState } from "react";
import { PageHead } from "@/components/admin/page-head";
import { SearchField } from "@/components/admin/search-field";
import { StoreSelect } from "@/components/admin/store-select";
import { Table } from "@/components/staff/table";
import { usePages } from "@/components/staff/use-pages";
import { Select } from "@/components/ui/field";
import { Badge, type Tone } from "@/components/ui/states";
import { api, call } from "@/lib/api/client";
import type { Order } from "@/lib/api/types";
import { money } from "@/lib/money";
import { dateAndTime } from "@/lib/time";

const STATES = ["payment_pending", "placed", "accepted", "picking", "packed", "ready_for_collection", "out_for_delivery", "undeliverable", "delivered", "collected", "cancelled", "expired", "returned"] as const;
const TONES: Record<string, Tone> = { delivered: "good", collected: "good", cancelled: "bad", expired: "bad", returned: "bad", undeliverable: "bad", placed: "sun" };

export function OrderState({ status }: { status: string }) {
  return <Badge tone={TONES[status] ?? "info"}>{status.replaceAll("_", " ")}</Badge>;
}

/** All orders of all stores, newest first. */
export function Orders() {
  const [q, setQ] = useState("");
  const [storeId, setStoreId] = useState("");
  const [status, setStatus] = useState<(typeof STATES)[number] | "">("");
  const pages = usePages<Order>(["admin/orders", q, storeId, status], (cursor) => call(api.GET("/api/v1/admin/orders", {
    params: { query: { limit: 50, ...(q ? { q } : {}), ...(storeId ? { store_id: storeId } : {}), ...(status ? { status } : {}), ...cursor } },
  })), { refreshInterval: 15_000 });
  return (
    <>
      <PageHead title="Orders">
        <SearchField label="Number, e-mail or phone" onSearch={setQ} />
        <StoreSelect value={storeId} onChange={setStoreId} />
        <Select label="State" value={status} onChange={(event) => setStatus(event.target.value as typeof status)}>
          <option value="">All</option>
          {STATES.map((state) => <option key={state} value={state}>{state.replaceAll("_", " ")}</option>)}
        </Select>
      </PageHead>
      <Table
        label="Orders"
        pages={pages}
        keyOf={({ id }) => id}
        empty="No such orders"
        columns={[
          { name: "Order", cell: (order) => <><Link href={`/admin/orders/${order.id}`} className="font-semibold text-brand-deep underline-offset-4 hover:underline">{order.number}</Link><span className="block text-sm text-muted">{dateAndTime(order.created_at)}</span></> },
          { name: "State", cell: (order) => <OrderState status={order.status} /> },
          { name: "Store", wide: true, cell: (order) => order.fulfilments.map(({ store }) => store.name).join(", ") },
          { name: "Customer", wide: true, cell: (order) => order.customer.name },
          { name: "Rider", wide: true, cell: (order) => order.rider?.name ?? "–" },
          { name: "Payment", wide: true, cell: (order) => `${order.payment.provider}, ${order.payment.status.replaceAll("_", " ")}` },
          { name: "Total", right: true, cell: (order) => money(order.totals.total) },
        ]}
      />
    </>
  );
}
