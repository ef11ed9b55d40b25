"use client";

import { Download } from "lucide-react";
import { useState } from "react";
import { PageHead } from "@/components/admin/page-head";
import { SearchField } from "@/components/admin/search-field";
import { StoreSelect } from "@/components/admin/store-select";
import { useStores } from "@/components/admin/use-stores";
import { Table } from "@/components/staff/table";
import { usePages } from "@/components/staff/use-pages";
import { Button } from "@/components/ui/button";
import { Dialog } from "@/components/ui/dialog";
import { Select, TextField } from "@/components/ui/field";
import { Badge } from "@/components/ui/states";
import { toast } from "@/components/ui/toast";
import { api, call } from "@/lib/api/client";
import type { ShelfItem } from "@/lib/api/types";
import { money } from "@/lib/money";
import { useAction } from "@/lib/problems/use-problem";

type Show = "all" | "low" | "off";

/** The shelves of all stores together. */
export function Stock() {
  const [q, setQ] = useState("");
  const [storeId, setStoreId] = useState("");
  const [show, setShow] = useState<Show>("all");
  const [moving, setMoving] = useState<ShelfItem | null>(null);
  const { data: stores = [] } = useStores();
  const nameOf = new Map(stores.map(({ id, name }) => [id, name]));
  const wishes = { ...(q ? { q } : {}), ...(storeId ? { store_id: storeId } : {}), ...(show === "low" ? { low: true } : {}), ...(show === "off" ? { available: false } : {}) };
  const pages = usePages<ShelfItem>(["admin/inventory", q, storeId, show], (cursor) => call(api.GET("/api/v1/admin/inventory", { params: { query: { limit: 100, ...wishes, ...cursor } } })));
  const download = `/api/v1/admin/exports/inventory?${new URLSearchParams(Object.entries(wishes).map(([name, value]) => [name, String(value)]))}`;
  return (
    <>
      <PageHead title="Stock of all stores">
        <SearchField label="Name or SKU" onSearch={setQ} />
        <StoreSelect value={storeId} onChange={setStoreId} />
        <Select label="Show" value={show} onChange={(event) => setShow(event.target.value as Show)}>
          <option value="all">All</option>
          <option value="low">Low stock</option>
          <option value="off">Switched off</option>
        </Select>
        <a href={download} download className="inline-flex min-h-11 items-center gap-2 rounded-xl border border-edge bg-surface px-4 font-semibold hover:bg-sunken"><Download aria-hidden="true" className="size-5" />CSV</a>
      </PageHead>
      <Table
        label="Stock"
        pages={pages}
        keyOf={({ sku, store_id }) => `${store_id} ${sku}`}
        empty="Nothing found"
        columns={[
          { name: "Item", cell: (row) => <><span className="font-semibold">{row.name}</span><span className="block text-sm text-muted">{row.sku}</span></> },
          { name: "Store", cell: (row) => nameOf.get(row.store_id) ?? row.store_id },
          { name: "State", wide: true, cell: (row) => !row.available ? <Badge tone="bad">off</Badge> : row.low ? <Badge tone="warn">low</Badge> : <Badge tone="good">on sale</Badge> },
          { name: "On hand", right: true, cell: (row) => row.on_hand },
          { name: "Promised", right: true, wide: true, cell: (row) => row.held },
          { name: "To sell", right: true, cell: (row) => row.available_quantity },
          { name: "Price", right: true, wide: true, cell: (row) => (row.price ? money(row.price) : "–") },
          { name: "Move", right: true, wide: true, cell: (row) => <Button size="small" look="secondary" aria-label={`Move ${row.name} from ${nameOf.get(row.store_id) ?? row.store_id}`} onClick={() => setMoving(row)}>Move</Button> },
        ]}
      />
      {moving && <MoveDialog item={moving} onClose={() => setMoving(null)} onDone={() => { setMoving(null); pages.refresh(); }} />}
    </>
  );
}

function MoveDialog({ item, onClose, onDone }: { item: ShelfItem; onClose: () => void; onDone: () => void }) {
  const { busy, run } = useAction();
  const { data: stores = [] } = useStores();
  const save = (fields: FormData) => run(async () => {
    const body = { from_store_id: item.store_id, to_store_id: String(fields.get("to")), sku: item.sku, units: Number(fields.get("units")) };
    await call(api.POST("/api/v1/admin/inventory/transfers", { body }));
    toast(`${body.units} × ${item.name} moved`);
    onDone();
  });
  return (
    <Dialog open title={`Move ${item.name}`} closeLabel="Close" onClose={onClose}>
      <form className="grid gap-4" onSubmit={(event) => { event.preventDefault(); void save(new FormData(event.currentTarget)); }}>
        <Select label="To" name="to" required>{stores.filter(({ id }) => id !== item.store_id).map(({ id, name }) => <option key={id} value={id}>{name}</option>)}</Select>
        <TextField label={`Units, at most ${item.available_quantity}`} name="units" type="number" min={1} max={item.available_quantity} required />
        <Button type="submit" size="large" busy={busy}>Move</Button>
      </form>
    </Dialog>
  );
}
