"use client";

import { Delete } from "lucide-react";
import { useState } from "react";
import useSWR from "swr";
import { Failed } from "@/components/staff/failed";
import { endOfDay, shopDate } from "@/components/store/store-time";
import { useStore } from "@/components/store/store-frame";
import { Button, IconButton } from "@/components/ui/button";
import { Dialog } from "@/components/ui/dialog";
import { Select, TextField } from "@/components/ui/field";
import { Skeleton } from "@/components/ui/states";
import { toast } from "@/components/ui/toast";
import { api, call, idempotencyKey } from "@/lib/api/client";
import type { ShelfChange, ShelfItem } from "@/lib/api/types";
import { money } from "@/lib/money";
import { useAction } from "@/lib/problems/use-problem";

type Page = "count" | "off" | "adjust" | "price" | "history";
const PAGES: { name: Page; word: string }[] = [
  { name: "count", word: "Count" }, { name: "off", word: "Switch off" }, { name: "adjust", word: "Adjust" }, { name: "price", word: "Price" }, { name: "history", word: "History" },
];
const REASONS = ["received", "damaged", "expired", "lost", "found", "returned", "correction"] as const;

/** Everything about one item of the shelf: count it, switch it off for a while, write off, price, past changes. */
export function StockDialog({ item, onClose, onChanged }: { item: ShelfItem; onClose: () => void; onChanged: (item: ShelfItem) => void }) {
  const [page, setPage] = useState<Page>("count");
  return (
    <Dialog open title={item.name} closeLabel="Close" onClose={onClose}>
      <div className="grid gap-4">
        <p className="text-muted">{item.sku} · shelf {item.bin || "–"} · {item.on_hand} on hand, {item.held} promised, {item.available_quantity} to sell</p>
        <div role="group" aria-label="What to do" className="flex flex-wrap gap-2">
          {PAGES.map(({ name, word }) => <Button key={name} look={page === name ? "primary" : "secondary"} aria-pressed={page === name} onClick={() => setPage(name)} className="min-h-14">{word}</Button>)}
        </div>
        {page === "count" && <Count item={item} onChanged={onChanged} />}
        {page === "off" && <Off item={item} onChanged={onChanged} />}
        {page === "adjust" && <Adjust item={item} onChanged={onChanged} />}
        {page === "price" && <Price item={item} onChanged={onChanged} />}
        {page === "history" && <History item={item} />}
      </div>
    </Dialog>
  );
}

type Change = { item: ShelfItem; onChanged: (item: ShelfItem) => void };

function useChange({ item, onChanged }: Change) {
  const { store } = useStore();
  const { busy, run } = useAction();
  const params = { path: { sku: item.sku }, query: { store_id: store.id } };
  const change = (body: ShelfChange, said: string) => run(async () => {
    onChanged(await call(api.PATCH("/api/v1/store/inventory/{sku}", { params, body })));
    toast(said);
  });
  return { busy, change };
}

function Count(props: Change) {
  const { busy, change } = useChange(props);
  const [typed, setTyped] = useState("");
  const key = "min-h-16 rounded-2xl border border-edge bg-surface text-2xl font-bold active:bg-brand-soft";
  const add = (digit: string) => setTyped((now) => (now + digit).replace(/^0+(?=\d)/, "").slice(0, 6));
  return (
    <form className="grid gap-3" onSubmit={(event) => { event.preventDefault(); if (typed) void change({ on_hand: Number(typed) }, `${props.item.name}: ${typed} counted`); }}>
      <input aria-label="Units on the shelf" inputMode="numeric" value={typed} placeholder={String(props.item.on_hand)} onChange={(event) => setTyped(event.target.value.replace(/\D/g, "").slice(0, 6))} className="min-h-16 rounded-2xl border-2 border-edge bg-ground text-center text-4xl font-extrabold placeholder:text-muted" />
      <div className="grid grid-cols-3 gap-2">
        {["1", "2", "3", "4", "5", "6", "7", "8", "9"].map((digit) => <button key={digit} type="button" onClick={() => add(digit)} className={key}>{digit}</button>)}
        <span />
        <button type="button" onClick={() => add("0")} className={key}>0</button>
        <IconButton label="Erase the last digit" onClick={() => setTyped((now) => now.slice(0, -1))} className={key}><Delete aria-hidden="true" className="size-7" /></IconButton>
      </div>
      <Button type="submit" size="huge" wide busy={busy} disabled={!typed}>{typed ? `There are ${typed}` : "How many are there?"}</Button>
    </form>
  );
}

function Off(props: Change) {
  const { store } = useStore();
  const { busy, change } = useChange(props);
  const [reason, setReason] = useState("");
  const why = reason.trim() ? { off_reason: reason.trim() } : {};
  const name = props.item.name;
  const until = (hours: number) => change({ off_until: new Date(Date.now() + hours * 3_600_000).toISOString(), ...why }, `${name} is off for ${hours} h`);
  const today = () => change({ off_until: endOfDay(store.timezone).toISOString(), ...why }, `${name} is off for today`);
  return (
    <div className="grid gap-3">
      <TextField label="Why (optional)" value={reason} maxLength={200} onChange={(event) => setReason(event.target.value)} />
      {props.item.available ? (
        <>
          <Button size="huge" look="danger" wide busy={busy} onClick={() => change({ available: false, ...why }, `${name} is off the shelf for customers`)}>Until I switch it on</Button>
          <Button size="huge" look="secondary" wide disabled={busy} onClick={() => until(1)}>For 1 hour</Button>
          <Button size="huge" look="secondary" wide disabled={busy} onClick={today}>For today</Button>
        </>
      ) : <Button size="huge" wide busy={busy} onClick={() => change({ available: true }, `${name} is on sale again`)}>Switch it on again</Button>}
    </div>
  );
}

function Adjust({ item, onChanged }: Change) {
  const { store } = useStore();
  const { busy, run } = useAction();
  const [key, setKey] = useState(idempotencyKey);
  const [problem, setProblem] = useState("");
  const submit = (fields: FormData) => run(async () => {
    setProblem("");
    const body = { lines: [{ sku: item.sku, delta: Number(fields.get("delta")), reason: fields.get("reason") as (typeof REASONS)[number] }] };
    const { lines: [line] } = await call(api.POST("/api/v1/store/inventory/adjustments", { params: { query: { store_id: store.id }, header: { "Idempotency-Key": `${key}-${body.lines[0]?.delta}-${body.lines[0]?.reason}` } }, body }));
    if (!line?.ok) {
      // The refusal is kept under its key: the shelf may have it by the next try.
      setKey(idempotencyKey());
      return setProblem(line?.detail ?? "That is not possible.");
    }
    toast(`${item.name}: ${line.on_hand} on hand`);
    onChanged({ ...item, on_hand: line.on_hand ?? item.on_hand, available_quantity: line.available_quantity ?? item.available_quantity });
  });
  return (
    <form className="grid gap-4" onSubmit={(event) => { event.preventDefault(); void submit(new FormData(event.currentTarget)); }}>
      <TextField label="Units, with a minus for fewer" name="delta" type="number" step={1} required error={problem} />
      <Select label="Reason" name="reason">{REASONS.map((reason) => <option key={reason}>{reason}</option>)}</Select>
      <Button type="submit" size="huge" wide busy={busy}>Book it</Button>
    </form>
  );
}

function Price(props: Change) {
  const { item } = props;
  const { busy, change } = useChange(props);
  const submit = (fields: FormData) => {
    const rupees = String(fields.get("price"));
    const price = rupees ? { price: { amount: Math.round(Number(rupees) * 100), currency: item.mrp.currency } } : {};
    return change({ ...price, low_stock_at: Number(fields.get("low")), max_per_order: Number(fields.get("most")) }, `${item.name} is changed`);
  };
  return (
    <form className="grid gap-4" onSubmit={(event) => { event.preventDefault(); void submit(new FormData(event.currentTarget)); }}>
      <TextField label={`Price in rupees (MRP ${money(item.mrp)})`} name="price" type="number" min={0.01} step={0.01} max={item.mrp.amount / 100} defaultValue={item.price ? item.price.amount / 100 : ""} />
      <TextField label="Warn below this many" name="low" type="number" min={0} step={1} defaultValue={item.low_stock_at} required />
      <TextField label="Most per order (0: no limit)" name="most" type="number" min={0} step={1} defaultValue={item.max_per_order ?? 0} required />
      <Button type="submit" size="huge" wide busy={busy}>Save</Button>
    </form>
  );
}

function History({ item }: { item: ShelfItem }) {
  const { store } = useStore();
  const { data, error, isValidating, mutate } = useSWR(["history", store.id, item.sku], () => call(api.GET("/api/v1/store/inventory/{sku}/history", { params: { path: { sku: item.sku }, query: { store_id: store.id, limit: 30 } } })));
  if (!data && error) return <Failed what="Past changes could not be read." fault={error} busy={isValidating} onAgain={() => void mutate()} />;
  if (!data) return <Skeleton className="h-64" />;
  if (data.items.length === 0) return <p className="py-6 text-center text-muted">Nothing was changed yet.</p>;
  return (
    <ol className="grid gap-2">
      {data.items.map(({ id, at, what, who, why }) => (
        <li key={id} className="rounded-xl bg-sunken p-3">
          <p className="font-semibold">{what.replaceAll("_", " ")}</p>
          <p className="text-sm text-muted">{shopDate(at, store.timezone)} · {who}{why && ` · ${why}`}</p>
        </li>
      ))}
    </ol>
  );
}
