"use client";

import { Download, Redo2, Undo2, Upload } from "lucide-react";
import { useState } from "react";
import type { Checked } from "@/components/admin/map/admin-map";
import { Corners, Shift } from "@/components/admin/map/corners";
import type { Impact } from "@/components/admin/map/fence-canvas";
import type { useDraft } from "@/components/admin/map/use-draft";
import { Button, IconButton } from "@/components/ui/button";
import { TextArea, TextField } from "@/components/ui/field";
import { Banner, Skeleton } from "@/components/ui/states";
import { toast } from "@/components/ui/toast";
import { api, call } from "@/lib/api/client";
import type { FencedStore } from "@/lib/api/types";
import { isCircle, parseFence, type Fence, type Position } from "@/lib/fence";
import { useAction, useSentence } from "@/lib/problems/use-problem";

type Props = {
  store: FencedStore | null;
  pin: [number, number] | null;
  onPin: (at: [number, number]) => void;
  draft: ReturnType<typeof useDraft>;
  checked: Checked;
  /** What serves now, after somebody else's change, to be seen under the own drawing. */
  onTheirs: (fence: Fence | null) => void;
  impact: Impact | null;
  onImpact: (impact: Impact | null) => void;
  onDraw: (fence: Fence | null) => void;
  onLeave: () => void;
};

const FIRST_RADIUS_M = 1_500;
const ALL_WEEK = Array.from({ length: 7 }, () => [["06:00", "24:00"]]);

/** Beside the map while a fence is drawn: what is wrong and where, who gains and who loses, and publishing it. */
export function EditPanel({ store, pin, onPin, draft, checked, onTheirs, impact, onImpact, onDraw, onLeave }: Props) {
  const { busy, run } = useAction();
  const [conflict, setConflict] = useState(false);
  const [theirs, setTheirs] = useState<FencedStore | null>(null);
  const { verdict, current } = checked;
  const unasked = useSentence(checked.fault);
  const { fence, changed, undo, redo } = draft;
  const sound = fence !== null && verdict !== null && verdict.valid && current;

  const start = store ? (store.location.coordinates as Position) : pin && ([pin[1], pin[0]] as Position);

  const preview = () => store && fence && run(async () => {
    onImpact(await call(api.POST("/api/v1/admin/stores/{store_id}/zone-preview", { params: { path: { store_id: store.id } }, body: { geofence: fence } })));
  });
  const publish = (version: number) => store && fence && run(
    async () => {
      await call(api.PATCH("/api/v1/admin/stores/{store_id}", { params: { path: { store_id: store.id } }, body: { geofence: fence }, headers: { "If-Match": `"${version}"` } }));
      toast(`The new fence of ${store.name} serves from now on`);
      onLeave();
    },
    ({ code }) => {
      if (code !== "precondition_failed") return false;
      setConflict(true);
      setTheirs(null);
      return true;
    },
  );
  const compare = () => store && run(async () => {
    const now = await call(api.GET("/api/v1/admin/stores/{store_id}", { params: { path: { store_id: store.id } } }));
    setTheirs(now);
    onTheirs(now.served_area as Fence);
  });
  const found = (fields: FormData) => fence && pin && run(async () => {
    const text = (name: string) => String(fields.get(name)).trim();
    await call(api.POST("/api/v1/admin/stores", {
      body: { name: text("name"), address: text("address"), location: { type: "Point", coordinates: [pin[1], pin[0]] }, geofence: fence, hours: ALL_WEEK, pickers_on_duty: Number(text("pickers")), capacity_per_10_min: Number(text("capacity")) },
    }));
    toast(`${text("name")} is there. Give it a manager under Users.`);
    onLeave();
  });

  return (
    <section aria-labelledby="editing" className="grid gap-4">
      <div className="flex items-center justify-between gap-2">
        <h2 id="editing" className="text-xl font-extrabold">{store ? `Fence of ${store.name}` : "New store"}</h2>
        <span className="flex">
          <IconButton label="Undo" disabled={!undo} onClick={undo}><Undo2 aria-hidden="true" className="size-5" /></IconButton>
          <IconButton label="Redo" disabled={!redo} onClick={redo}><Redo2 aria-hidden="true" className="size-5" /></IconButton>
        </span>
      </div>
      <p className="text-sm text-muted">Draw an outline or a radius with the tools on the map; edit, move, cut holes or delete there, or change corners in the list below.{!store && " Tap the map where the store stands."}</p>
      {fence && isCircle(fence) && (
        <TextField label="Radius in metres" type="number" min={100} max={50_000} value={fence.radius_m} onChange={(event) => onDraw({ ...fence, radius_m: Math.max(1, Number(event.target.value)) })} />
      )}
      {!fence && start && <Button look="secondary" onClick={() => onDraw({ center: { type: "Point", coordinates: start }, radius_m: FIRST_RADIUS_M })}>Start with a radius around the store</Button>}
      {fence && <Shift fence={fence} onDraw={onDraw} />}
      {fence && isCircle(fence) && verdict?.served_area && current && <Button look="secondary" onClick={() => onDraw(verdict.served_area as Fence)}>Turn the radius into corners</Button>}
      <div data-testid="verdict" aria-live="polite" className="grid gap-2">
        {!fence && <Banner tone="info">Nothing is drawn yet.</Banner>}
        {fence && unasked && <Banner tone="bad">The fence could not be checked. {unasked}</Banner>}
        {fence && !verdict && !checked.fault && <Skeleton className="h-12" />}
        {fence && verdict && verdict.faults.map((fault, index) => (
          <Banner key={index} tone="bad">{fault.detail}{fault.path && <span className="block text-sm font-normal">Polygon {(fault.path[0] ?? 0) + 1}{fault.path[1] !== undefined && `, ring ${fault.path[1] + 1}`}{fault.path[2] !== undefined && `, corner ${fault.path[2] + 1}`}</span>}</Banner>
        ))}
        {verdict?.fixed && <Button look="secondary" onClick={() => onDraw(verdict.fixed as Fence)}>Mend it for me</Button>}
        {sound && <Banner tone="good">Sound: {verdict.area_km2.toFixed(2)} km², {verdict.vertices} corners.</Banner>}
        {verdict?.warnings.map((warning) => <Banner key={warning} tone="warn">{warning}</Banner>)}
        {sound && verdict.overlaps.length > 0 && (
          <Banner tone="info">Overlaps with {verdict.overlaps.map(({ name, area_km2 }) => `${name} (${area_km2.toFixed(2)} km²)`).join(", ")}. There the nearest open store serves.</Banner>
        )}
      </div>
      {store ? (
        <>
          {impact && <ImpactFacts impact={impact} />}
          {conflict && !theirs && <Banner tone="bad" action={<Button size="small" look="secondary" busy={busy} onClick={() => void compare()}>Compare</Button>}>Somebody else changed this store meanwhile. Nothing of yours was published, and your drawing is kept.</Banner>}
          {conflict && theirs && (
            <section aria-label="Changed by somebody else" className="grid gap-2 rounded-xl bg-warn-soft p-3 text-warn">
              <p>{theirs.zone_version === store.zone_version ? "Their change left the fence as it was; other facts of the store are new." : `Version ${theirs.zone_version} of the fence serves now: the dashed line on the map. Yours is the full line.`}</p>
              <p className="flex flex-wrap gap-2">
                <Button size="small" look="secondary" onClick={onLeave}>Keep theirs</Button>
                <Button size="small" busy={busy} disabled={!sound || !changed} onClick={() => void publish(theirs.version)}>Publish mine instead</Button>
              </p>
            </section>
          )}
          <div className="grid grid-cols-2 gap-2">
            <Button look="secondary" size="large" busy={busy} disabled={!sound || !changed} onClick={() => void preview()}>Who gains, who loses?</Button>
            <Button size="large" busy={busy} disabled={!sound || !changed || conflict} onClick={() => void publish(store.version)}>Publish</Button>
          </div>
        </>
      ) : (
        <form className="grid gap-3" onSubmit={(event) => { event.preventDefault(); void found(new FormData(event.currentTarget)); }}>
          <TextField label="Name" name="name" required maxLength={100} />
          <TextField label="Address" name="address" required maxLength={300} />
          <div className="grid grid-cols-2 gap-3">
            <TextField label="Latitude" type="number" step="any" min={-90} max={90} required value={pin?.[0] ?? ""} onChange={(event) => onPin([Number(event.target.value), pin?.[1] ?? 0])} />
            <TextField label="Longitude" type="number" step="any" min={-180} max={180} required value={pin?.[1] ?? ""} onChange={(event) => onPin([pin?.[0] ?? 0, Number(event.target.value)])} />
            <TextField label="Pickers on duty" name="pickers" type="number" min={0} defaultValue={3} required />
            <TextField label="Orders in 10 minutes" name="capacity" type="number" min={1} defaultValue={15} required />
          </div>
          <Button type="submit" size="large" busy={busy} disabled={!sound || !pin}>Open the store</Button>
        </form>
      )}
      <Button look="quiet" onClick={onLeave}>Leave without publishing</Button>
      <FileTools fence={fence} area={current ? (verdict?.served_area ?? null) : null} name={store?.id ?? "fence"} onDraw={onDraw} />
      {fence && !isCircle(fence) && <Corners fence={fence} faults={verdict?.faults ?? []} onDraw={onDraw} />}
    </section>
  );
}

function ImpactFacts({ impact }: { impact: Impact }) {
  const { addresses, orders_30d: orders, area_km2: area } = impact;
  return (
    <section aria-label="Who gains and who loses" data-testid="impact" className="grid gap-2 rounded-xl bg-sunken p-3">
      <table className="w-full text-left">
        <thead><tr className="text-sm text-muted"><th scope="col">Places of orders and addresses</th><th scope="col" className="text-right">Addresses</th><th scope="col" className="text-right">Orders, 30 days</th></tr></thead>
        <tbody>
          <tr className="font-semibold text-brand-deep"><th scope="row">gain service</th><td className="text-right">{addresses.gain}</td><td className="text-right">{orders.gain}</td></tr>
          <tr className="font-semibold text-danger"><th scope="row">lose service</th><td className="text-right">{addresses.lose}</td><td className="text-right">{orders.lose}</td></tr>
          <tr><th scope="row" className="font-normal">get another store</th><td className="text-right">{addresses.served_by_other}</td><td className="text-right">{orders.served_by_other}</td></tr>
          <tr><th scope="row" className="font-normal">stay as they are</th><td className="text-right">{addresses.keep}</td><td className="text-right">{orders.keep}</td></tr>
        </tbody>
      </table>
      <p className="text-sm text-muted">{area.before.toFixed(2)} km² before, {area.after.toFixed(2)} after. Green on the map is gained, red is lost; dots are where people ordered.</p>
    </section>
  );
}

function FileTools({ fence, area, name, onDraw }: { fence: Fence | null; /** The ground it serves, once judged. */ area: object | null; name: string; onDraw: (fence: Fence | null) => void }) {
  const [text, setText] = useState("");
  const [problem, setProblem] = useState("");
  const take = (given: string) => {
    try {
      onDraw(parseFence(given));
      setProblem("");
      setText("");
    } catch (fault) {
      setProblem(fault instanceof Error ? fault.message : String(fault));
    }
  };
  // A radius is no GeoJSON: its ground is saved.
  const saved = fence && isCircle(fence) ? area : fence;
  const save = () => {
    const link = document.createElement("a");
    link.href = URL.createObjectURL(new Blob([JSON.stringify({ type: "Feature", properties: { name }, geometry: saved }, null, 1)], { type: "application/geo+json" }));
    link.download = `${name}.geojson`;
    link.click();
    setTimeout(() => URL.revokeObjectURL(link.href), 1_000);
  };
  return (
    <details className="rounded-xl border border-line p-3">
      <summary className="min-h-8 font-semibold">GeoJSON</summary>
      <div className="mt-3 grid gap-3">
        <TextArea label="Paste GeoJSON" value={text} error={problem} onChange={(event) => setText(event.target.value)} className="font-mono text-sm" />
        <div className="flex flex-wrap gap-2">
          <Button size="small" look="secondary" disabled={!text.trim()} onClick={() => take(text)}>Draw it</Button>
          <label className="inline-flex min-h-9 items-center gap-2 rounded-xl border border-edge px-3 text-sm font-semibold hover:bg-sunken">
            <Upload aria-hidden="true" className="size-4" />Upload
            <input type="file" accept=".geojson,.json,application/geo+json" className="sr-only" onChange={async (event) => { const box = event.currentTarget; const file = box.files?.[0]; if (file) take(await file.text()); box.value = ""; }} />
          </label>
          <Button size="small" look="secondary" disabled={!saved} icon={<Download aria-hidden="true" className="size-4" />} onClick={save}>Download</Button>
        </div>
      </div>
    </details>
  );
}
