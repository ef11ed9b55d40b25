"use client";

import { Plus, X } from "lucide-react";
import type { Fault } from "@/components/admin/map/fence-canvas";
import { IconButton } from "@/components/ui/button";
import { cx } from "@/components/ui/cx";
import { addCorner, cornersOf, moveCorner, polygonsOf, removeCorner, type CornerPath, type MultiPolygon, type Polygon, type Position } from "@/lib/fence";

const MOST_SHOWN = 150;

/** The corners as numbers: drawing without a mouse, and exactly. */
export function Corners({ fence, faults, onDraw }: { fence: Polygon | MultiPolygon; faults: Fault[]; onDraw: (fence: Polygon | MultiPolygon) => void }) {
  const faulty = new Set(faults.map(({ path }) => path?.join() ?? ""));
  const rings = polygonsOf(fence).flatMap((polygon, at) => polygon.map((ring, ringAt) => ({ polygon: at, ring: ringAt, corners: cornersOf(ring) })));
  return (
    <details className="rounded-xl border border-line p-3">
      <summary className="min-h-8 font-semibold">Corners</summary>
      <div className="mt-3 grid gap-4">
        {rings.map(({ polygon, ring, corners }) => (
          <fieldset key={`${polygon}-${ring}`} className="grid gap-1">
            <legend className="font-medium">Polygon {polygon + 1}, {ring === 0 ? "outline" : `hole ${ring}`}</legend>
            {corners.length > MOST_SHOWN && <p className="text-sm text-muted">The first {MOST_SHOWN} of {corners.length} corners; the others on the map or in GeoJSON.</p>}
            {corners.slice(0, MOST_SHOWN).map((at, corner) => {
              const path: CornerPath = { polygon, ring, corner };
              return <Corner key={corner} at={at} path={path} faulty={faulty.has([polygon, ring, corner].join())} onMove={(to) => onDraw(moveCorner(fence, path, to))} onAdd={() => onDraw(addCorner(fence, path))} onRemove={corners.length > 3 ? () => onDraw(removeCorner(fence, path)) : undefined} />;
            })}
          </fieldset>
        ))}
      </div>
    </details>
  );
}

function Corner({ at: [lng, lat], path, faulty, onMove, onAdd, onRemove }: { at: Position; path: CornerPath; faulty: boolean; onMove: (to: Position) => void; onAdd: () => void; onRemove?: () => void }) {
  const name = `corner ${path.corner + 1}`;
  const box = cx("h-11 w-full min-w-0 rounded-lg border bg-surface px-2 text-sm tabular-nums", faulty ? "border-danger bg-danger-soft" : "border-edge");
  return (
    <div className="grid grid-cols-[1.5rem_1fr_1fr_2.75rem_2.75rem] items-center gap-1">
      <span className="text-sm text-muted">{path.corner + 1}</span>
      <input key={`lat${lat}`} aria-label={`Latitude of ${name}`} type="number" step="any" min={-90} max={90} defaultValue={lat} onBlur={(event) => { const value = Number(event.target.value); if (value !== lat) onMove([lng, value]); }} className={box} />
      <input key={`lng${lng}`} aria-label={`Longitude of ${name}`} type="number" step="any" min={-180} max={180} defaultValue={lng} onBlur={(event) => { const value = Number(event.target.value); if (value !== lng) onMove([value, lat]); }} className={box} />
      <IconButton label={`Add a corner after ${name}`} onClick={onAdd}><Plus aria-hidden="true" className="size-4" /></IconButton>
      <IconButton label={`Remove ${name}`} disabled={!onRemove} onClick={onRemove}><X aria-hidden="true" className="size-4" /></IconButton>
    </div>
  );
}
