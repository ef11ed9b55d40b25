"use client";

import { Link } from "@/components/ui/link";
import { useState } from "react";
import useSWR from "swr";
import { PageHead } from "@/components/admin/page-head";
import { SearchField } from "@/components/admin/search-field";
import { Table } from "@/components/staff/table";
import { usePages } from "@/components/staff/use-pages";
import { Button } from "@/components/ui/button";
import { Select } from "@/components/ui/field";
import { Badge, Banner, Card } from "@/components/ui/states";
import { api, call, idempotencyKey } from "@/lib/api/client";
import type { components } from "@/lib/api/schema";
import type { Product } from "@/lib/api/types";
import { money } from "@/lib/money";
import { dateAndTime } from "@/lib/time";
import { useAction } from "@/lib/problems/use-problem";

type Import = components["schemas"]["CatalogueImport"];

/** All products there are, hidden ones too; files in and out. */
export function Catalogue() {
  const [q, setQ] = useState("");
  const [hidden, setHidden] = useState<"" | "true" | "false">("");
  const pages = usePages<Product>(["admin/products", q, hidden], (cursor) => call(api.GET("/api/v1/admin/products", { params: { query: { limit: 50, ...(q ? { q } : {}), ...(hidden ? { hidden: hidden === "true" } : {}), ...cursor } } })));
  return (
    <>
      <PageHead title="Catalogue">
        <SearchField label="Name or SKU" onSearch={setQ} />
        <Select label="Show" value={hidden} onChange={(event) => setHidden(event.target.value as typeof hidden)}>
          <option value="">All</option>
          <option value="false">Shown</option>
          <option value="true">Hidden</option>
        </Select>
      </PageHead>
      <div className="grid gap-6">
        <Table
          label="Products"
          pages={pages}
          keyOf={({ sku }) => sku}
          empty="No such product"
          columns={[
            { name: "Product", cell: (row) => <span className="flex items-center gap-3"><img src={row.image ?? ""} alt="" width={40} height={40} loading="lazy" className="size-10 rounded-lg bg-white" /><span><Link href={`/admin/catalogue/${encodeURIComponent(row.sku)}`} className="font-semibold text-brand-deep underline-offset-4 hover:underline">{row.name}</Link><span className="block text-sm text-muted">{row.sku}</span></span></span> },
            { name: "Category", wide: true, cell: (row) => row.category_path.at(-1)?.replaceAll("-", " ") ?? "–" },
            { name: "State", wide: true, cell: (row) => <Badge tone={row.hidden ? "bad" : "good"}>{row.hidden ? "hidden" : "shown"}</Badge> },
            { name: "Changed", wide: true, cell: (row) => dateAndTime(row.updated_at) },
            { name: "MRP", right: true, cell: (row) => money(row.mrp) },
          ]}
        />
        <Files />
      </div>
    </>
  );
}

const KINDS = { products: "Products", listings: "Prices in stores" } as const;

function Files() {
  const { busy, run } = useAction();
  const [kind, setKind] = useState<keyof typeof KINDS>("products");
  const [file, setFile] = useState<File | null>(null);
  const { data, mutate } = useSWR("admin/imports", () => call(api.GET("/api/v1/admin/imports", { params: { query: { limit: 10 } } })), { refreshInterval: 3_000 });
  const send = (dryRun: boolean) => file && run(async () => {
    const text = await file.text();
    await call(api.POST("/api/v1/admin/imports", {
      params: { query: { kind, dry_run: dryRun }, header: { "Idempotency-Key": idempotencyKey() } },
      body: text,
      bodySerializer: (body: string) => body,
      headers: { "Content-Type": file.name.endsWith("jsonl") || file.name.endsWith("ndjson") ? "application/x-ndjson" : "text/csv" },
    }));
    await mutate();
  });
  return (
    <section aria-labelledby="files" className="grid gap-3">
      <h2 id="files" className="text-lg font-bold">Files of goods</h2>
      <div className="grid gap-4 lg:grid-cols-2">
        <Card className="grid content-start gap-4">
          <Select label="What the file holds" value={kind} onChange={(event) => setKind(event.target.value as keyof typeof KINDS)}>{Object.entries(KINDS).map(([value, name]) => <option key={value} value={value}>{name}</option>)}</Select>
          <label className="grid min-h-24 place-items-center rounded-2xl border-2 border-dashed border-edge p-4 text-center font-semibold hover:bg-sunken">
            {file ? file.name : "Choose a CSV or JSONL file"}
            <input type="file" accept=".csv,.jsonl,.ndjson" className="sr-only" onChange={(event) => setFile(event.target.files?.[0] ?? null)} />
          </label>
          <div className="flex gap-3">
            <Button look="secondary" busy={busy} disabled={!file} onClick={() => void send(true)}>Check only</Button>
            <Button busy={busy} disabled={!file} onClick={() => void send(false)}>Import</Button>
          </div>
          <p className="flex flex-wrap gap-4">
            <a href="/api/v1/admin/exports/products?format=csv" download className="tap inline-flex items-center font-semibold text-brand-deep underline">Export products</a>
            <a href="/api/v1/admin/exports/listings?format=csv" download className="tap inline-flex items-center font-semibold text-brand-deep underline">Export prices</a>
          </p>
        </Card>
        <Card>
          <h3 className="mb-2 font-bold">Latest imports</h3>
          {data?.items.length === 0 && <p className="text-muted">None yet.</p>}
          <ul className="grid gap-3">{data?.items.map((row) => <ImportRow key={row.id} row={row} />)}</ul>
        </Card>
      </div>
    </section>
  );
}

function ImportRow({ row }: { row: Import }) {
  const { counts } = row;
  return (
    <li className="border-b border-line pb-2">
      <p className="flex justify-between gap-3"><span className="font-semibold">{row.kind}{row.dry_run && ", check only"}</span><Badge tone={row.state === "done" ? "good" : row.state === "failed" ? "bad" : "info"}>{row.state}</Badge></p>
      <p className="text-sm text-muted">{dateAndTime(row.at)} · {counts.read} read, {counts.created} new, {counts.changed} changed, {counts.unchanged} equal, {counts.refused} refused</p>
      {row.fault && <Banner tone="bad">{row.fault.detail}</Banner>}
      {counts.refused > 0 && <a href={`/api/v1/admin/imports/${encodeURIComponent(row.id)}/errors?format=csv`} download className="tap inline-flex items-center font-semibold text-brand-deep underline">Refused lines</a>}
    </li>
  );
}
