"use client";

import { useVirtualizer } from "@tanstack/react-virtual";
import { Search } from "lucide-react";
import { useCallback, useEffect, useMemo, useRef, useState } from "react";
import useSWRInfinite from "swr/infinite";
import { Failed } from "@/components/staff/failed";
import { StockDialog } from "@/components/store/stock-dialog";
import { SHELF_EVENTS } from "@/components/store/store-events";
import { useStore, useStoreEvents } from "@/components/store/store-frame";
import { Button } from "@/components/ui/button";
import { Switch } from "@/components/ui/field";
import { Badge, Notice, Skeleton } from "@/components/ui/states";
import { toast } from "@/components/ui/toast";
import { cx } from "@/components/ui/cx";
import { api, call } from "@/lib/api/client";
import type { ShelfItem } from "@/lib/api/types";
import { shopTime } from "@/components/store/store-time";
import { money } from "@/lib/money";
import { useAction } from "@/lib/problems/use-problem";

const PAGE = 100;
const ROW_PX = 72;
const POLL_MS = 20_000;
const GATHER_MS = 1_000;
type Filter = "all" | "low" | "off";
const FILTERS: { name: Filter; word: string }[] = [{ name: "all", word: "All" }, { name: "low", word: "Low stock" }, { name: "off", word: "Switched off" }];

/** The whole shelf, thousands of rows: only those in sight are drawn, further ones come while one scrolls. */
export function StockTable() {
  const { store } = useStore();
  const [words, setWords] = useState("");
  const [asked, setAsked] = useState("");
  const [filter, setFilter] = useState<Filter>("all");
  const [editing, setEditing] = useState<ShelfItem | null>(null);
  useEffect(() => {
    const timer = setTimeout(() => setAsked(words.trim()), 250);
    return () => clearTimeout(timer);
  }, [words]);

  const { data, error, size, setSize, mutate, isLoading, isValidating } = useSWRInfinite(
    (index, before: { next: string | null } | null) => (index > 0 && !before?.next ? null : ["stock", store.id, asked, filter, before?.next ?? null] as const),
    ([, storeId, q, wanted, cursor]) => call(api.GET("/api/v1/store/inventory", {
      params: { query: { store_id: storeId, limit: PAGE, ...(q ? { q } : {}), ...(wanted === "low" ? { low: true } : {}), ...(wanted === "off" ? { available: false } : {}), ...(cursor ? { cursor } : {}) } },
    })),
    { revalidateFirstPage: false, revalidateOnFocus: false, keepPreviousData: true },
  );
  const rows = useMemo(() => data?.flatMap(({ items }) => items) ?? [], [data]);
  const more = Boolean(data?.at(-1)?.next);

  const inSight = useRef<ReadonlySet<string>>(new Set());
  const noteSight = useCallback((skus: string[]) => { inSight.current = new Set(skus); }, []);
  // The pages that are looked at, not the thousands of rows scrolled past.
  const refresh = useCallback(
    () => void mutate((pages) => pages, { revalidate: (page) => page === undefined || page.items.some(({ sku }) => inSight.current.has(sku)) }),
    [mutate],
  );
  useFreshRows(refresh);
  const changed = (item: ShelfItem) => mutate((pages) => pages?.map((page) => ({ ...page, items: page.items.map((row) => (row.sku === item.sku ? item : row)) })), { revalidate: false });

  return (
    <div className="grid gap-4">
      <div className="flex flex-wrap items-center justify-between gap-3">
        <h1 className="text-2xl font-extrabold">Stock</h1>
        <div role="group" aria-label="Show" className="flex gap-2">
          {FILTERS.map(({ name, word }) => <Button key={name} look={filter === name ? "primary" : "secondary"} aria-pressed={filter === name} onClick={() => setFilter(name)} className="min-h-14">{word}</Button>)}
        </div>
        <div className="relative w-full sm:w-80">
          <Search aria-hidden="true" className="pointer-events-none absolute top-4.5 left-3 size-5 text-muted" />
          <input type="search" aria-label="Search by name or SKU" placeholder="Name or SKU" value={words} onChange={(event) => setWords(event.target.value)} className="h-14 w-full rounded-xl border border-edge bg-surface pr-3 pl-10 placeholder:text-muted" />
        </div>
      </div>
      {error && <Failed what={data ? "These rows are from before: the shelf could not be read." : "The shelf could not be read."} fault={error} busy={isValidating} onAgain={() => void mutate()} />}
      {isLoading ? <Skeleton className="h-[70dvh]" /> : data && (rows.length === 0
        ? <Notice title="Nothing found">{asked ? `No item of this shelf matches “${asked}”.` : "No item of this shelf is in this state."}</Notice>
        : <Rows rows={rows} more={more} busy={isValidating || Boolean(error)} onMore={() => void setSize(size + 1)} onSight={noteSight} onChanged={changed} onEdit={setEditing} />)}
      {editing && <StockDialog item={editing} onClose={() => setEditing(null)} onChanged={(item) => { void changed(item); setEditing(null); }} />}
    </div>
  );
}

/** Reads the rows anew after what moves units, at most once a second, and every 20 seconds while one looks. */
function useFreshRows(refresh: () => void): void {
  const soon = useRef<ReturnType<typeof setTimeout> | undefined>(undefined);
  const onEvent = useCallback(() => {
    soon.current ??= setTimeout(() => {
      soon.current = undefined;
      refresh();
    }, GATHER_MS);
  }, [refresh]);
  useStoreEvents(SHELF_EVENTS, onEvent);
  useEffect(() => {
    const timer = setInterval(() => { if (document.visibilityState === "visible") refresh(); }, POLL_MS);
    return () => {
      clearInterval(timer);
      clearTimeout(soon.current);
      soon.current = undefined;
    };
  }, [refresh]);
}

const GRID = "grid grid-cols-[minmax(0,1fr)_5.5rem_4.5rem] items-center gap-3 px-4 sm:grid-cols-[minmax(0,1fr)_5rem_6rem_6rem_5rem_5rem]";

function Rows({ rows, more, busy, onMore, onSight, onChanged, onEdit }: { rows: ShelfItem[]; more: boolean; busy: boolean; onMore: () => void; onSight: (skus: string[]) => void; onChanged: (item: ShelfItem) => void; onEdit: (item: ShelfItem) => void }) {
  const frame = useRef<HTMLDivElement>(null);
  const virtual = useVirtualizer({ count: rows.length, getScrollElement: () => frame.current, estimateSize: () => ROW_PX, overscan: 8 });
  const inSight = virtual.getVirtualItems();
  const last = inSight.at(-1)?.index ?? 0;
  useEffect(() => {
    if (more && !busy && last >= rows.length - 20) onMore();
  }, [more, busy, last, rows.length, onMore]);
  const first = inSight[0]?.index ?? 0;
  useEffect(() => onSight(rows.slice(first, last + 1).map(({ sku }) => sku)), [rows, first, last, onSight]);
  const body = useRef<HTMLDivElement>(null);
  useEffect(() => {
    body.current?.style.setProperty("height", `${virtual.getTotalSize()}px`);
  });
  return (
    <div role="table" aria-label="Stock" aria-rowcount={more ? -1 : rows.length} className="overflow-hidden rounded-2xl border border-line bg-surface">
      <div role="row" className={cx(GRID, "min-h-11 border-b border-line text-sm font-bold text-muted")}>
        <span role="columnheader">Item</span>
        <span role="columnheader" className="hidden sm:block">Shelf</span>
        <span role="columnheader" className="text-right">On hand</span>
        <span role="columnheader" className="hidden text-right sm:block">To sell</span>
        <span role="columnheader" className="hidden text-right sm:block">Price</span>
        <span role="columnheader" className="text-right">On sale</span>
      </div>
      <div ref={frame} role="rowgroup" tabIndex={0} aria-label="Rows" className="h-[68dvh] overflow-y-auto">
        <div ref={body} className="relative">
          {inSight.map(({ index, start }) => {
            const item = rows[index];
            return item && <Row key={item.sku} item={item} index={index} top={start} onChanged={onChanged} onEdit={onEdit} />;
          })}
        </div>
      </div>
    </div>
  );
}

function Row({ item, index, top, onChanged, onEdit }: { item: ShelfItem; index: number; top: number; onChanged: (item: ShelfItem) => void; onEdit: (item: ShelfItem) => void }) {
  const { store } = useStore();
  const { busy, run } = useAction();
  const place = useRef<HTMLDivElement>(null);
  useEffect(() => {
    place.current?.style.setProperty("transform", `translateY(${top}px)`);
  }, [top]);
  const turn = (available: boolean) => {
    onChanged({ ...item, available, off_until: null });
    void run(async () => {
      try {
        onChanged(await call(api.PATCH("/api/v1/store/inventory/{sku}", { params: { path: { sku: item.sku }, query: { store_id: store.id } }, body: { available } })));
        toast(available ? `${item.name} is on sale again` : `${item.name} is off the shelf for customers`);
      } catch (fault) {
        onChanged(item);
        throw fault;
      }
    });
  };
  return (
    <div ref={place} role="row" aria-rowindex={index + 2} className={cx(GRID, "absolute inset-x-0 top-0 h-18 border-b border-line", !item.available && "bg-danger-soft")}>
      <span role="cell" className="min-w-0">
        <button type="button" onClick={() => onEdit(item)} className="block min-h-14 max-w-full text-left">
          <span className="block truncate font-semibold underline-offset-4 hover:underline">{item.name}</span>
          <span className="block truncate text-sm text-muted">{item.sku}{item.off_until && ` · off until ${shopTime(item.off_until, store.timezone)}`}</span>
        </button>
      </span>
      <span role="cell" className="hidden sm:block">{item.bin}</span>
      <span role="cell" className="text-right"><button type="button" onClick={() => onEdit(item)} aria-label={`Count ${item.name}, now ${item.on_hand}`} className="inline-flex min-h-14 min-w-14 items-center justify-end gap-2 text-lg font-bold">{item.low && <Badge tone="warn">low</Badge>}{item.on_hand}</button></span>
      <span role="cell" className="hidden text-right sm:block">{item.available_quantity}</span>
      <span role="cell" className="hidden text-right sm:block">{item.price ? money(item.price) : "–"}</span>
      <span role="cell" className="text-right [&>button]:min-h-14 [&>button]:min-w-14 [&>button]:justify-end"><Switch hideLabel label={`${item.name} on sale`} checked={item.available} busy={busy} onChange={turn} /></span>
    </div>
  );
}
