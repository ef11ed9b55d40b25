"use client";

import { ArrowDown, ArrowLeft, ArrowRight, ArrowUp, Plus, X } from "lucide-react";
import type { KeyboardEvent } from "react";
import type { Fault } from "@/components/admin/map/fence-canvas";
import { Button, IconButton } from "@/components/ui/button";
import { cx } from "@/components/ui/cx";
import { addCorner, addHole, cornersOf, moveCorner, polygonsOf, removeCorner, removeRing, shifted, type Fence, type CornerPath, type MultiPolygon, type Polygon, type Position } from "@/lib/fence";

const MOST_SHOWN = 150;

/** The corners as numbers: drawing without a mouse, and exactly. */
export function Corners({ fence, faults, onDraw }: { fence: Polygon | MultiPolygon; faults: Fault[]; onDraw: (fence: Fence | null) => void }) {
  const faulty = new Set(faults.map(({ path }) => path?.join() ?? ""));
  const rings = polygonsOf(fence).flatMap((polygon, at) => polygon.map((ring, ringAt) => ({ polygon: at, ring: ringAt, corners: cornersOf(ring) })));
  return (
    <details className="rounded-xl border border-line p-3">
      <summary className="min-h-8 font-semibold">Corners</summary>
      <div className="mt-3 grid gap-4">
        {rings.map(({ polygon, ring, corners }) => (
          <fieldset key={`${polygon}-${ring}`} className="grid gap-1">
            <legend className="font-medium">Polygon {polygon + 1}, {ring === 0 ? "outline" : `hole ${ring}`}</legend>
            <p className="flex flex-wrap gap-2">
              {ring === 0 && <Button size="small" look="secondary" onClick={() => onDraw(addHole(fence, polygon))}>Add a hole</Button>}
              <Button size="small" look="secondary" onClick={() => onDraw(removeRing(fence, { polygon, ring }))}>{ring === 0 ? "Delete this polygon" : "Fill this hole"}</Button>
            </p>
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

const STEP_M = 50;
const WAYS = [["north", 0, 1, ArrowUp], ["south", 0, -1, ArrowDown], ["west", -1, 0, ArrowLeft], ["east", 1, 0, ArrowRight]] as const;

/** Moves the whole fence without a mouse. */
export function Shift({ fence, onDraw }: { fence: Fence; onDraw: (fence: Fence) => void }) {
  return (
    <p role="group" aria-label={`Move the fence by ${STEP_M} metres`} className="flex flex-wrap items-center gap-1 text-sm text-muted">
      Move by {STEP_M} m
      {WAYS.map(([name, east, north, Arrow]) => (
        <IconButton key={name} label={`Move ${STEP_M} metres ${name}`} onClick={() => onDraw(shifted(fence, east * STEP_M, north * STEP_M))}><Arrow aria-hidden="true" className="size-5" /></IconButton>
      ))}
    </p>
  );
}

function Corner({ at: [lng, lat], path, faulty, onMove, onAdd, onRemove }: { at: Position; path: CornerPath; faulty: boolean; onMove: (to: Position) => void; onAdd: () => void; onRemove?: () => void }) {
  const name = `corner ${path.corner + 1}`;
  const box = cx("h-11 w-full min-w-0 rounded-lg border bg-surface px-2 text-sm tabular-nums", faulty ? "border-danger bg-danger-soft" : "border-edge");
  // An emptied box is no coordinate: it goes back to what it was.
  const take = (box: HTMLInputElement, old: number, move: (value: number) => void) => {
    if (box.value === "" || !box.checkValidity()) box.value = String(old);
    else if (Number(box.value) !== old) move(Number(box.value));
  };
  const onEnter = (event: KeyboardEvent<HTMLInputElement>) => { if (event.key === "Enter") event.currentTarget.blur(); };
  return (
    <div className="grid grid-cols-[1.5rem_1fr_1fr_2.75rem_2.75rem] items-center gap-1">
      <span className="text-sm text-muted">{path.corner + 1}</span>
      <input key={`lat${lat}`} aria-label={`Latitude of ${name}`} type="number" step="any" min={-90} max={90} defaultValue={lat} onKeyDown={onEnter} onBlur={(event) => take(event.target, lat, (value) => onMove([lng, value]))} className={box} />
      <input key={`lng${lng}`} aria-label={`Longitude of ${name}`} type="number" step="any" min={-180} max={180} defaultValue={lng} onKeyDown={onEnter} onBlur={(event) => take(event.target, lng, (value) => onMove([value, lat]))} className={box} />
      <IconButton label={`Add a corner after ${name}`} onClick={onAdd}><Plus aria-hidden="true" className="size-4" /></IconButton>
      <IconButton label={`Remove ${name}`} disabled={!onRemove} onClick={onRemove}><X aria-hidden="true" className="size-4" /></IconButton>
    </div>
  );
}
