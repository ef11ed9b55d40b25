"use client";

import { createContext, useContext, useEffect, useState, type ReactNode } from "react";
import useSWR from "swr";
import { StaffShell } from "@/components/staff/staff-shell";
import { useMe } from "@/components/staff/use-me";
import { Badge, Notice, Skeleton } from "@/components/ui/states";
import { api, call } from "@/lib/api/client";
import type { Store } from "@/lib/api/types";

const TABS = [
  { href: "/store", name: "Orders" },
  { href: "/store/stock", name: "Stock" },
  { href: "/store/alerts", name: "Alerts" },
  { href: "/store/import", name: "Import" },
  { href: "/store/settings", name: "Store" },
];
const CHOSEN = "store-chosen";

type Here = { store: Store; refresh: () => void };
const Current = createContext<Here | null>(null);

/** The store that this console is for, and how to read it anew. */
export function useStore(): Here {
  const here = useContext(Current);
  if (!here) throw new Error("useStore belongs inside StoreFrame");
  return here;
}

/** The console's frame: which store, is it open, and the pages for it. */
export function StoreFrame({ children }: { children: ReactNode }) {
  return (
    <Choice>
      {(switcher, content) => <StaffShell title="Store console" home="/store" tabs={TABS} extra={switcher}>{content(children)}</StaffShell>}
    </Choice>
  );
}

function Choice({ children }: { children: (switcher: ReactNode, content: (page: ReactNode) => ReactNode) => ReactNode }) {
  const me = useMe("/store/sign-in");
  const everywhere = me?.roles.includes("super_admin") ?? false;
  const { data: all } = useSWR(everywhere ? "admin/stores" : null, () => call(api.GET("/api/v1/admin/stores", { params: { query: { limit: 100 } } })));
  const ids = everywhere ? (all?.items.map(({ id }) => id) ?? []) : (me?.store_ids ?? []);
  const [chosen, setChosen] = useState<string | null>(null);
  useEffect(() => queueMicrotask(() => setChosen(localStorage.getItem(CHOSEN))), []);
  const id = chosen && ids.includes(chosen) ? chosen : ids[0];
  const { data: store, mutate } = useSWR(id ? ["store", id] : null, () => call(api.GET("/api/v1/store", { params: { query: { store_id: id } } })), { refreshInterval: 30_000 });
  const choose = (next: string) => {
    localStorage.setItem(CHOSEN, next);
    setChosen(next);
  };
  const names = new Map(all?.items.map((one) => [one.id, one.name]));
  const switcher = (
    <span className="flex items-center gap-2">
      {ids.length > 1 && (
        <select aria-label="Store" value={id} onChange={(event) => choose(event.target.value)} className="min-h-11 max-w-44 rounded-xl border border-edge bg-surface px-2">
          {ids.map((one) => <option key={one} value={one}>{names.get(one) ?? one}</option>)}
        </select>
      )}
      {store && <Badge tone={store.open ? "good" : "bad"}>{store.open ? (store.mode === "busy" ? "Busy" : "Open") : store.mode === "paused" ? "Paused" : "Closed"}</Badge>}
    </span>
  );
  const content = (page: ReactNode) => {
    if (me && ids.length === 0 && !(everywhere && !all)) return <Notice title="No store yet">Your account is not bound to a store. An administrator can do that under Users.</Notice>;
    if (!store) return <div className="grid gap-3"><Skeleton className="h-14" /><Skeleton className="h-64" /></div>;
    return <Current value={{ store, refresh: () => void mutate() }}><div key={store.id}>{page}</div></Current>;
  };
  return children(switcher, content);
}
