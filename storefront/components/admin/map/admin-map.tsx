"use client";

import dynamic from "next/dynamic";
import { useSearchParams } from "next/navigation";
import { useCallback, useEffect, useMemo, useState } from "react";
import useSWR from "swr";
import { EditPanel } from "@/components/admin/map/edit-panel";
import type { Fault, Impact, SeenRider, Shown } from "@/components/admin/map/fence-canvas";
import { StorePanel } from "@/components/admin/map/store-panel";
import { useDraft } from "@/components/admin/map/use-draft";
import { useStores } from "@/components/admin/use-stores";
import { Button } from "@/components/ui/button";
import { Badge, Skeleton } from "@/components/ui/states";
import { api, call } from "@/lib/api/client";
import type { components } from "@/lib/api/schema";
import type { FencedStore } from "@/lib/api/types";
import type { Fence } from "@/lib/fence";
import { useLive } from "@/lib/live";

const FenceCanvas = dynamic(() => import("@/components/admin/map/fence-canvas"), { ssr: false, loading: () => <Skeleton className="h-full" /> });

export type Verdict = components["schemas"]["DrawnVerdict"];
/** `current`: the verdict is of the fence as it is now, not of a step before. `fault`: it could not be asked. */
export type Checked = { verdict: Verdict | null; current: boolean; fault: unknown };
export const NEW = "new";
const CHECK_AFTER_MS = 350;
const NO_FAULTS: Fault[] = [];
const NO_DOTS: Impact["sample"] = [];

/** All stores, fences and riders on one map; fences are drawn, judged, weighed and published here. */
export function AdminMap() {
  const asked = useSearchParams().get("store");
  const { data: stores = [], mutate: readStores } = useStores();
  const [selected, setSelected] = useState<string | null>(asked);
  const [editing, setEditing] = useState<string | null>(null);
  // As it was when drawing began: the list is read anew meanwhile, and If-Match must not follow it.
  const [base, setBase] = useState<FencedStore | null>(null);
  const [pin, setPin] = useState<[number, number] | null>(null);
  const [impact, setImpact] = useState<Impact | null>(null);
  const [past, setPast] = useState<Fence | null>(null);
  const [layers, setLayers] = useState({ gaps: false, riders: true });
  const draft = useDraft();
  const checked = useVerdict(editing ? draft.fence : null, editing);
  const { verdict } = checked;
  const riders = useRiders(layers.riders);
  const { data: coverage } = useSWR(layers.gaps ? "admin/coverage" : null, () => call(api.GET("/api/v1/admin/stores/coverage")));
  const store = stores.find(({ id }) => id === (editing ?? selected)) ?? null;

  const draw = useCallback((fence: Fence | null) => {
    draft.draw(fence);
    setImpact(null);
    // The functions of the draft stay the same.
    // eslint-disable-next-line react-hooks/exhaustive-deps
  }, [draft.draw]);
  const edit = (target: FencedStore | typeof NEW) => {
    setPast(null);
    setImpact(null);
    setPin(null);
    setEditing(target === NEW ? NEW : target.id);
    setBase(target === NEW ? null : target);
    setSelected(target === NEW ? null : target.id);
    draft.begin(target === NEW ? null : (target.geofence as Fence));
  };
  const leave = () => {
    setEditing(null);
    setImpact(null);
    setPast(null);
    setPin(null);
    void readStores();
  };

  const shown = useMemo((): Shown[] => {
    const all: Shown[] = [];
    for (const { geometry } of layers.gaps ? (coverage?.gaps ?? []) : []) all.push({ geometry, tone: "gap" });
    for (const { geometry } of editing ? (verdict?.overlaps ?? []) : []) if (geometry) all.push({ geometry, tone: "overlap" });
    if (impact?.added) all.push({ geometry: impact.added, tone: "added" });
    if (impact?.removed) all.push({ geometry: impact.removed, tone: "removed" });
    if (past && "type" in past) all.push({ geometry: past, tone: "past" });
    return all;
  }, [layers.gaps, coverage, editing, verdict, impact, past]);

  return (
    <div className="-m-4 grid lg:h-[calc(100dvh-4rem)] lg:grid-cols-[1fr_24rem]">
      <h1 className="sr-only">Map</h1>
      <div className="h-[60dvh] lg:h-full" data-testid="map">
        <FenceCanvas
          stores={stores}
          selected={selected}
          onSelect={setSelected}
          riders={riders}
          draft={draft.fence}
          editing={editing !== null}
          onDraw={draw}
          pin={pin}
          onPin={editing === NEW ? setPin : null}
          faults={verdict?.faults ?? NO_FAULTS}
          shown={shown}
          dots={impact?.sample ?? NO_DOTS}
        />
      </div>
      <aside aria-label="Stores and fences" className="overflow-y-auto border-l border-line bg-surface p-4">
        {editing ? (
          <EditPanel key={editing} store={base} pin={pin} onPin={setPin} draft={draft} checked={checked} onTheirs={setPast} impact={impact} onImpact={setImpact} onDraw={draw} onLeave={leave} />
        ) : (
          <div className="grid gap-4">
            <div className="flex flex-wrap gap-2">
              <Button size="small" look={layers.gaps ? "primary" : "secondary"} aria-pressed={layers.gaps} onClick={() => setLayers({ ...layers, gaps: !layers.gaps })}>Gaps and overlaps</Button>
              <Button size="small" look={layers.riders ? "primary" : "secondary"} aria-pressed={layers.riders} onClick={() => setLayers({ ...layers, riders: !layers.riders })}>Riders ({riders.length})</Button>
            </div>
            {layers.gaps && coverage && <CoverageFacts coverage={coverage} stores={stores} onSelect={setSelected} />}
            {store ? (
              <StorePanel key={store.id} store={store} onEdit={() => edit(store)} onPast={setPast} onChanged={() => void readStores()} onClose={() => { setSelected(null); setPast(null); }} />
            ) : (
              <>
                <Button onClick={() => edit(NEW)}>New store</Button>
                <ul aria-label="Stores" className="grid gap-1">
                  {stores.map((one) => (
                    <li key={one.id}>
                      <button type="button" onClick={() => setSelected(one.id)} className="flex min-h-11 w-full items-center justify-between gap-3 rounded-xl px-3 text-left hover:bg-sunken">
                        <span className="font-semibold">{one.name}</span>
                        <Badge tone={one.status === "closed" ? "plain" : one.open ? "good" : "warn"}>{one.status === "closed" ? "closed" : one.open ? one.mode : one.mode === "paused" ? "paused" : "shut now"}</Badge>
                      </button>
                    </li>
                  ))}
                </ul>
              </>
            )}
          </div>
        )}
      </aside>
    </div>
  );
}

/** What the service says of the fence as it is now, asked once the hand rests. */
function useVerdict(fence: Fence | null, target: string | null): Checked {
  const text = JSON.stringify(fence);
  const [asked, setAsked] = useState("null");
  useEffect(() => {
    const timer = setTimeout(() => setAsked(text), CHECK_AFTER_MS);
    return () => clearTimeout(timer);
  }, [text]);
  const { data, error, isLoading } = useSWR(asked !== "null" && target ? ["verdict", target, asked] : null, () =>
    call(api.POST("/api/v1/admin/stores/geofence-check", { body: { geofence: JSON.parse(asked) as Fence, ...(target && target !== NEW ? { store_id: target } : {}) } })),
    { keepPreviousData: true, revalidateOnFocus: false },
  );
  return { verdict: fence ? (data ?? null) : null, current: fence !== null && asked === text && !isLoading && !error, fault: fence ? error : undefined };
}

/** Riders on duty: read now and then, moved by the stream in between. */
function useRiders(wanted: boolean): SeenRider[] {
  const [moved, setMoved] = useState<Record<string, [number, number]>>({});
  const { data } = useSWR(wanted ? "admin/riders/live" : null, () => call(api.GET("/api/v1/admin/riders", { params: { query: { duty: "on_duty", limit: 100 } } })), { refreshInterval: 15_000 });
  useLive(wanted ? "/api/v1/admin/events" : null, ["rider.position"], ({ data: told }) => {
    const { rider_id, location } = told as { rider_id?: string; location?: { coordinates: [number, number] } };
    if (rider_id && location) setMoved((now) => ({ ...now, [rider_id]: [location.coordinates[1], location.coordinates[0]] }));
  });
  return useMemo(() => (wanted ? (data?.items ?? []) : []).flatMap((rider): SeenRider[] => {
    const [lng = 0, lat = 0] = rider.location?.coordinates ?? [];
    const at = moved[rider.id] ?? (rider.location ? ([lat, lng] as [number, number]) : null);
    return at ? [{ id: rider.id, name: rider.name, at, busy: Boolean(rider.task_id) }] : [];
  }), [wanted, data, moved]);
}

function CoverageFacts({ coverage, stores, onSelect }: { coverage: components["schemas"]["Coverage"]; stores: FencedStore[]; onSelect: (id: string) => void }) {
  const nameOf = (id: string) => stores.find((store) => store.id === id)?.name ?? id;
  return (
    <section aria-label="Coverage" className="grid gap-2 rounded-xl bg-sunken p-3 text-sm">
      <p><strong>{coverage.served_km2.toFixed(1)} km²</strong> served of {coverage.area_km2.toFixed(1)}; {coverage.gaps_total} gaps (red on the map), {coverage.overlaps_total} overlaps.</p>
      <ul className="max-h-40 overflow-y-auto">
        {coverage.overlaps.slice(0, 30).map(({ stores: both, area_km2 }) => (
          <li key={both.join()}><button type="button" onClick={() => onSelect(both[0] ?? "")} className="min-h-8 text-left underline-offset-4 hover:underline">{both.map(nameOf).join(" and ")}: {area_km2.toFixed(2)} km²</button></li>
        ))}
      </ul>
    </section>
  );
}
