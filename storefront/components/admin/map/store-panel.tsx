"use client";

import { X } from "lucide-react";
import { useState } from "react";
import { usePages } from "@/components/staff/use-pages";
import { Button, IconButton } from "@/components/ui/button";
import { Dialog } from "@/components/ui/dialog";
import { Badge } from "@/components/ui/states";
import { toast } from "@/components/ui/toast";
import { api, call } from "@/lib/api/client";
import type { components } from "@/lib/api/schema";
import type { FencedStore } from "@/lib/api/types";
import type { Fence } from "@/lib/fence";
import { useAction } from "@/lib/problems/use-problem";
import { dateAndTime } from "@/lib/time";

type Zone = components["schemas"]["Zone"];

/** One store as it is, its fence's past versions, and the way to an earlier one. */
export function StorePanel({ store, onEdit, onPast, onChanged, onClose }: { store: FencedStore; onEdit: () => void; onPast: (fence: Fence | null) => void; onChanged: () => void; onClose: () => void }) {
  const { busy, run } = useAction();
  const [shown, setShown] = useState<string | null>(null);
  const [restoring, setRestoring] = useState<Zone | null>(null);
  const zones = usePages<Zone>(["admin/zones", store.id, store.zone_version], (cursor) => call(api.GET("/api/v1/admin/stores/{store_id}/zones", { params: { path: { store_id: store.id }, query: { limit: 20, ...cursor } } })));
  const show = (zone: Zone) => {
    const next = shown === zone.id ? null : zone;
    setShown(next?.id ?? null);
    onPast(next ? (next.served_area as Fence) : null);
  };
  const restore = (zone: Zone) => run(async () => {
    await call(api.POST("/api/v1/admin/stores/{store_id}/zones/{zone_id}/restore", { params: { path: { store_id: store.id, zone_id: zone.id } }, body: {}, headers: { "If-Match": `"${store.version}"` } }));
    toast(`Version ${zone.version} of the fence serves again`);
    setRestoring(null);
    setShown(null);
    onPast(null);
    onChanged();
  }, ({ code }) => {
    // Read anew, so that the question can be put again on what serves now.
    if (code === "precondition_failed") onChanged();
    return false;
  });
  return (
    <section aria-labelledby="chosen" className="grid gap-4">
      <div className="flex items-start justify-between gap-3">
        <div>
          <h2 id="chosen" className="text-xl font-extrabold">{store.name}</h2>
          <p className="text-muted">{store.address}</p>
        </div>
        <IconButton label="Back to all stores" onClick={onClose}><X aria-hidden="true" className="size-5" /></IconButton>
      </div>
      <p className="flex flex-wrap gap-2">
        <Badge tone={store.open ? "good" : "warn"}>{store.open ? "open" : store.open_reason.replaceAll("_", " ")}</Badge>
        <Badge>{store.mode}</Badge>
        <Badge>{store.capacity_per_10_min} orders in 10 min</Badge>
        <Badge>{store.pickers_on_duty} pickers</Badge>
      </p>
      {store.warnings.map((warning) => <p key={warning} className="rounded-xl bg-warn-soft p-3 text-warn">{warning}</p>)}
      <Button size="large" onClick={onEdit}>Edit the fence</Button>
      <div className="grid gap-2">
        <h3 className="font-bold">Versions of the fence</h3>
        <ol className="grid gap-2">
          {zones.items.map((zone) => (
            <li key={zone.id} className="rounded-xl border border-line p-3">
              <p className="flex items-center justify-between gap-2 font-semibold">Version {zone.version}{zone.status === "published" && <Badge tone="good">serves</Badge>}</p>
              <p className="text-sm text-muted">{dateAndTime(zone.published_at)} · {zone.created_by}</p>
              <p className="mt-2 flex gap-2">
                <Button size="small" look="secondary" aria-pressed={shown === zone.id} onClick={() => show(zone)}>{shown === zone.id ? "Hide" : "Show"}</Button>
                {zone.status !== "published" && <Button size="small" look="secondary" onClick={() => setRestoring(zone)}>Restore</Button>}
              </p>
            </li>
          ))}
        </ol>
        {zones.hasMore && <Button size="small" look="quiet" busy={zones.busy} onClick={zones.more}>Older ones</Button>}
      </div>
      {restoring && (
        <Dialog open title={`Restore version ${restoring.version}?`} closeLabel="Close" onClose={() => setRestoring(null)} footer={<Button wide size="large" busy={busy} onClick={() => restore(restoring)}>Let it serve again</Button>}>
          <p>The fence of {store.name} becomes what it was on {dateAndTime(restoring.published_at)}, as a new version. Orders on their way are not touched.</p>
        </Dialog>
      )}
    </section>
  );
}
