"use client";

import { createContext, useCallback, useContext, useEffect, useMemo, useRef, useState, type ReactNode } from "react";
import useSWR from "swr";
import { StaffShell } from "@/components/staff/staff-shell";
import { useMe } from "@/components/staff/use-me";
import { Ears } from "@/components/store/ears";
import { Failed } from "@/components/staff/failed";
import { QUEUE_EVENTS, STORE_EVENTS } from "@/components/store/store-events";
import { useBell } from "@/components/store/use-bell";
import { useQueue, type Queue } from "@/components/store/use-queue";
import { useSound } from "@/components/store/use-sound";
import { Badge, Notice, Skeleton } from "@/components/ui/states";
import { api, call } from "@/lib/api/client";
import type { Store } from "@/lib/api/types";
import { useLive } from "@/lib/live";

const TABS = [
  { href: "/store", name: "Orders" },
  { href: "/store/stock", name: "Stock" },
  { href: "/store/alerts", name: "Alerts" },
  { href: "/store/import", name: "Import" },
  { href: "/store/settings", name: "Store" },
];
const CHOSEN = "store-chosen";

type Hear = (type: string) => void;
type Here = { store: Store; refresh: () => void; queue: Queue; listen: (hear: Hear) => () => void };
const Current = createContext<Here | null>(null);

/** The store that this console is for, how to read it anew, and its open orders. */
export function useStore(): Here {
  const here = useContext(Current);
  if (!here) throw new Error("useStore belongs inside StoreFrame");
  return here;
}

/** Runs `onEvent` after the events of these types on the store's stream. */
export function useStoreEvents(types: readonly string[], onEvent: () => void): void {
  const { listen } = useStore();
  useEffect(() => listen((type) => { if (types.includes(type)) onEvent(); }), [listen, types, onEvent]);
}

/** The console's frame: which store, is it open, does it hear of new orders, and the pages for it. */
export function StoreFrame({ children }: { children: ReactNode }) {
  const choice = useChoice();
  const { id, ids, known, error } = choice;
  const { data: store, error: storeError, isValidating, mutate } = useSWR(id ? ["store", id] : null, ([, one]: [string, string]) => call(api.GET("/api/v1/store", { params: { query: { store_id: one } } })), { refreshInterval: 30_000 });
  const refresh = useCallback(() => void mutate(), [mutate]);
  const queue = useQueue(id);
  const { listen, tell } = useListeners();
  const live = useLive(id ? `/api/v1/store/events?store_id=${encodeURIComponent(id)}` : null, STORE_EVENTS, ({ type }) => {
    if ((QUEUE_EVENTS as readonly string[]).includes(type)) queue.refresh();
    if (type === "store.mode") refresh();
    tell(type);
  });
  const [sound] = useSound();
  useBell(id, queue.orders, sound);
  const here = useMemo(() => store && { store, refresh, queue, listen }, [store, refresh, queue, listen]);

  const extra = (
    <span className="flex items-center gap-2">
      {ids.length > 1 && <Switcher {...choice} />}
      {store && <Badge tone={store.open ? "good" : "bad"}>{store.open ? (store.mode === "busy" ? "Busy" : "Open") : store.mode === "paused" ? "Paused" : "Closed"}</Badge>}
      {id && <Ears live={live} className="hidden md:flex" />}
    </span>
  );
  return (
    <StaffShell title="Store console" home="/store" tabs={TABS} extra={extra} tall>
      {id && <Ears live={live} className="mb-4 flex justify-between md:hidden" />}
      {error !== undefined && <Failed what="The stores could not be read." fault={error} onAgain={choice.again} />}
      {storeError && <div className="mb-4"><Failed what={store ? "This may be out of date: the store could not be read." : "The store could not be read."} fault={storeError} busy={isValidating} onAgain={refresh} /></div>}
      {known && ids.length === 0 && <Notice title="No store yet">Your account is not bound to a store. An administrator can do that under Users.</Notice>}
      {id && !store && !storeError && <div className="grid gap-3"><Skeleton className="h-14" /><Skeleton className="h-64" /></div>}
      {here && <Current value={here}><div key={here.store.id}>{children}</div></Current>}
    </StaffShell>
  );
}

type Choice = { id: string | undefined; ids: string[]; names: Map<string, string>; known: boolean; error: unknown; again: () => void; choose: (id: string) => void };

/** The stores that one may look after, and the one chosen on this device. */
function useChoice(): Choice {
  const { me } = useMe("/store/sign-in");
  const everywhere = me?.roles.includes("super_admin") ?? false;
  const { data: all, error, mutate } = useSWR(everywhere ? "admin/stores" : null, () => call(api.GET("/api/v1/admin/stores", { params: { query: { limit: 100 } } })));
  const ids = everywhere ? (all?.items.map(({ id }) => id) ?? []) : (me?.store_ids ?? []);
  const { data: own } = useSWR(!everywhere && ids.length > 1 ? ["store-names", ...ids] : null, ([, ...some]: string[]) => Promise.all(some.map((id) => call(api.GET("/api/v1/store", { params: { query: { store_id: id } } })))));
  const [chosen, setChosen] = useState<string | null>(null);
  useEffect(() => queueMicrotask(() => setChosen(localStorage.getItem(CHOSEN))), []);
  const choose = (next: string) => {
    localStorage.setItem(CHOSEN, next);
    setChosen(next);
  };
  return {
    id: chosen && ids.includes(chosen) ? chosen : ids[0],
    ids,
    names: new Map((all?.items ?? own ?? []).map(({ id, name }) => [id, name])),
    known: me !== undefined && (!everywhere || all !== undefined),
    error: all ? undefined : error,
    again: () => void mutate(),
    choose,
  };
}

function Switcher({ id, ids, names, choose }: Choice) {
  return (
    <select aria-label="Store" value={id} onChange={(event) => choose(event.target.value)} className="min-h-14 max-w-44 rounded-xl border border-edge bg-surface px-2">
      {ids.map((one) => <option key={one} value={one}>{names.get(one) ?? one}</option>)}
    </select>
  );
}

/** Passes events of the one stream on to the pages that want them. */
function useListeners(): { listen: (hear: Hear) => () => void; tell: Hear } {
  const ears = useRef(new Set<Hear>());
  const listen = useCallback((hear: Hear) => {
    const { current } = ears;
    current.add(hear);
    return () => { current.delete(hear); };
  }, []);
  const tell = useCallback((type: string) => ears.current.forEach((hear) => hear(type)), []);
  return { listen, tell };
}
