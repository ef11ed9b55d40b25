"use client";

import { Link } from "@/components/ui/link";
import { useState } from "react";
import { PageHead } from "@/components/admin/page-head";
import { useStores } from "@/components/admin/use-stores";
import { HoursEditor } from "@/components/staff/hours-editor";
import { Table } from "@/components/staff/table";
import { Button, ButtonLink } from "@/components/ui/button";
import { Dialog } from "@/components/ui/dialog";
import { Select, TextField } from "@/components/ui/field";
import { Badge } from "@/components/ui/states";
import { toast } from "@/components/ui/toast";
import { api, call } from "@/lib/api/client";
import type { components } from "@/lib/api/schema";
import type { FencedStore } from "@/lib/api/types";
import { useAction } from "@/lib/problems/use-problem";

type Change = components["schemas"]["StoreChange"];

/** Every store: facts, hours, capacity; opening one needs a fence and happens on the map. */
export function Stores() {
  const { data, mutate } = useStores();
  const [editing, setEditing] = useState<FencedStore | null>(null);
  const pages = { items: data ?? [], loaded: data !== undefined, hasMore: false, busy: false, more: () => undefined, refresh: () => void mutate() };
  return (
    <>
      <PageHead title="Stores"><ButtonLink href="/admin/map">New store on the map</ButtonLink></PageHead>
      <Table
        label="Stores"
        pages={pages}
        keyOf={({ id }) => id}
        empty="No store yet"
        columns={[
          { name: "Store", cell: (store) => <><span className="font-semibold">{store.name}</span><span className="block text-sm text-muted">{store.address}</span></> },
          { name: "State", cell: (store) => store.status === "closed" ? <Badge>closed for good</Badge> : <Badge tone={store.open ? "good" : "warn"}>{store.open ? store.mode : store.open_reason.replaceAll("_", " ")}</Badge> },
          { name: "Pickers", right: true, wide: true, cell: (store) => store.pickers_on_duty },
          { name: "Orders in 10 min", right: true, wide: true, cell: (store) => store.capacity_per_10_min },
          { name: "Fence", wide: true, cell: (store) => <Link href={`/admin/map?store=${encodeURIComponent(store.id)}`} className="tap inline-flex items-center font-semibold text-brand-deep underline-offset-4 hover:underline">Version {store.zone_version}</Link> },
          { name: "Change", right: true, cell: (store) => <Button size="small" look="secondary" aria-label={`Change ${store.name}`} onClick={() => setEditing(store)}>Change</Button> },
        ]}
      />
      {editing && <StoreDialog store={editing} onClose={() => setEditing(null)} onDone={() => { setEditing(null); void mutate(); }} />}
    </>
  );
}

function StoreDialog({ store, onClose, onDone }: { store: FencedStore; onClose: () => void; onDone: () => void }) {
  const { busy, run } = useAction();
  const save = (body: Change) => run(async () => {
    await call(api.PATCH("/api/v1/admin/stores/{store_id}", { params: { path: { store_id: store.id } }, body, headers: { "If-Match": `"${store.version}"` } }));
    toast(`${store.name} is changed`);
    onDone();
  });
  const facts = (fields: FormData): Change => ({
    name: String(fields.get("name")),
    address: String(fields.get("address")),
    pickers_on_duty: Number(fields.get("pickers")),
    capacity_per_10_min: Number(fields.get("capacity")),
    status: String(fields.get("status")) as "active" | "closed",
  });
  return (
    <Dialog open title={store.name} closeLabel="Close" onClose={onClose}>
      <div className="grid gap-6">
        <form className="grid gap-4" onSubmit={(event) => { event.preventDefault(); void save(facts(new FormData(event.currentTarget))); }}>
          <TextField label="Name" name="name" defaultValue={store.name} required maxLength={100} />
          <TextField label="Address" name="address" defaultValue={store.address} required maxLength={300} />
          <div className="grid grid-cols-2 gap-4">
            <TextField label="Pickers on duty" name="pickers" type="number" min={0} defaultValue={store.pickers_on_duty} required />
            <TextField label="Orders in 10 minutes" name="capacity" type="number" min={1} defaultValue={store.capacity_per_10_min} required />
          </div>
          <Select label="State" name="status" defaultValue={store.status}>
            <option value="active">active</option>
            <option value="closed">closed for good: serves nobody</option>
          </Select>
          <Button type="submit" size="large" busy={busy}>Save</Button>
        </form>
        <section className="grid gap-3 border-t border-line pt-4">
          <h3 className="text-lg font-bold">Hours</h3>
          <HoursEditor hours={store.hours} busy={busy} onSave={(hours) => void save({ hours })} />
        </section>
      </div>
    </Dialog>
  );
}
