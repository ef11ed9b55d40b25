"use client";

import "@geoman-io/leaflet-geoman-free/dist/leaflet-geoman.css";
import L from "leaflet";
import "@geoman-io/leaflet-geoman-free";
import { useEffect, useRef, useState } from "react";
import { drawLabels } from "@/components/map/ground";
import LeafletMap from "@/components/map/leaflet-map";
import { latLng, mark, type Sign } from "@/components/map/marks";
import type { FencedStore } from "@/lib/api/types";
import type { components } from "@/lib/api/schema";
import { closed, fenceOf, isCircle, polygonsOf, rounded, type Fence, type Ring } from "@/lib/fence";

export type Fault = components["schemas"]["Fault"];
export type Impact = components["schemas"]["ZoneImpact"];
export type SeenRider = { id: string; name: string; at: [number, number]; busy: boolean };
export type Shown = { geometry: object; tone: "gap" | "added" | "removed" | "past" | "overlap" };

type Props = {
  stores: FencedStore[];
  selected: string | null;
  onSelect: (id: string) => void;
  riders: SeenRider[];
  /** The fence being drawn, or null when none is edited. A change by hand comes back through `onDraw`. */
  draft: Fence | null;
  editing: boolean;
  onDraw: (fence: Fence | null) => void;
  /** Where a store that does not exist yet will stand. */
  pin: [number, number] | null;
  onPin: ((at: [number, number]) => void) | null;
  faults: Fault[];
  shown: Shown[];
  dots: Impact["sample"];
};

const CITY: [number, number] = [20.296, 85.8245];
const STYLES: Record<Shown["tone"], L.PathOptions> = {
  gap: { color: "var(--danger)", weight: 1, dashArray: "3 4", fillColor: "var(--danger)", fillOpacity: 0.18 },
  overlap: { color: "var(--warn)", weight: 2, fillColor: "var(--warn)", fillOpacity: 0.35 },
  added: { color: "var(--brand)", weight: 2, fillColor: "var(--brand)", fillOpacity: 0.4 },
  removed: { color: "var(--danger)", weight: 2, fillColor: "var(--danger)", fillOpacity: 0.4 },
  past: { color: "var(--info)", weight: 3, dashArray: "8 6", fillOpacity: 0.05 },
};
const DRAFT: L.PathOptions = { color: "var(--info)", weight: 3, fillColor: "var(--info)", fillOpacity: 0.15 };
const CHANGES = "pm:edit pm:dragend pm:update pm:rotateend pm:vertexremoved pm:vertexadded";

/** The map of all stores, and the one fence that is being drawn on it with mouse or finger (Geoman's toolbar). */
export default function FenceCanvas(props: Props) {
  const [map, setMap] = useState<L.Map | null>(null);
  const draft = useRef<L.FeatureGroup | null>(null);
  const drawn = useRef<string>("");
  const latest = useRef(props);
  useEffect(() => { latest.current = props; });
  const { stores, selected, riders, editing, pin, faults, shown, dots } = props;

  // Once: the ground, the group of the draft, and what the hand does on the map.
  useEffect(() => {
    if (!map) return;
    const stop = new AbortController();
    void drawLabels(map, { signal: stop.signal });
    L.control.scale({ imperial: false }).addTo(map);
    const group = L.featureGroup().addTo(map);
    draft.current = group;
    map.pm.setGlobalOptions({ layerGroup: group, snapDistance: 12, allowSelfIntersection: true, pathOptions: DRAFT, templineStyle: { color: "var(--info)" }, hintlineStyle: { color: "var(--info)", dashArray: "5 5" } });
    const tell = () => {
      const fence = readDraft(group);
      drawn.current = JSON.stringify(fence);
      latest.current.onDraw(fence);
    };
    const watch = (layer: L.Layer) => layer.on(CHANGES, tell);
    map.on("pm:create", ({ layer, shape }) => {
      // A radius is the whole fence; an outline beside a radius takes its place.
      group.eachLayer((other) => {
        if (other !== layer && (shape === "Circle" || other instanceof L.Circle)) group.removeLayer(other);
      });
      watch(layer);
      tell();
    });
    map.on("pm:cut", ({ layer, originalLayer }) => {
      group.removeLayer(originalLayer);
      if (!group.hasLayer(layer)) group.addLayer(layer);
      if (layer instanceof L.Path) layer.setStyle(DRAFT);
      watch(layer);
      tell();
    });
    map.on("pm:remove", ({ layer }) => {
      group.removeLayer(layer);
      tell();
    });
    map.on("click", ({ latlng }) => {
      if (!map.pm.globalDrawModeEnabled() && !map.pm.globalEditModeEnabled() && !map.pm.globalCutModeEnabled()) latest.current.onPin?.([latlng.lat, latlng.lng]);
    });
    return () => {
      stop.abort();
      group.remove();
      draft.current = null;
    };
  }, [map]);

  // The draft as it was changed elsewhere: by the list of corners, a file, undo, or another store.
  const text = editing ? JSON.stringify(props.draft) : "null";
  useEffect(() => {
    const group = draft.current;
    if (!map || !group || text === drawn.current) return;
    drawn.current = text;
    const wasEditing = map.pm.globalEditModeEnabled();
    if (wasEditing) map.pm.disableGlobalEditMode();
    group.clearLayers();
    const fence = JSON.parse(text) as Fence | null;
    for (const layer of fence ? layersOf(fence) : []) {
      layer.addTo(group);
      layer.on(CHANGES, () => {
        const now = readDraft(group);
        drawn.current = JSON.stringify(now);
        latest.current.onDraw(now);
      });
    }
    if (wasEditing && fence) map.pm.enableGlobalEditMode();
  }, [map, text]);

  useEffect(() => {
    if (!map) return;
    if (!editing) {
      map.pm.removeControls();
      map.pm.disableDraw();
      map.pm.disableGlobalEditMode();
      map.pm.disableGlobalDragMode();
      map.pm.disableGlobalRemovalMode();
      return;
    }
    map.pm.addControls({
      position: "topleft", drawPolygon: true, drawCircle: true, editMode: true, dragMode: true, cutPolygon: true, removalMode: true,
      drawMarker: false, drawCircleMarker: false, drawPolyline: false, drawRectangle: false, drawText: false, rotateMode: false,
    });
  }, [map, editing]);

  // All stores: their areas take a tap while nothing is drawn.
  useEffect(() => {
    if (!map) return;
    const group = L.featureGroup().addTo(map);
    for (const store of stores) {
      if (editing && store.id === selected) continue;
      const chosen = store.id === selected;
      const colour = store.status === "closed" ? "var(--muted)" : store.open ? "var(--brand)" : "var(--warn)";
      const area = L.geoJSON(store.served_area as unknown as GeoJSON.MultiPolygon, { interactive: !editing, pmIgnore: true, snapIgnore: false, style: { color: colour, weight: chosen ? 4 : 1.5, fillColor: colour, fillOpacity: chosen ? 0.22 : 0.08 } });
      area.on("click", (event) => { L.DomEvent.stopPropagation(event); latest.current.onSelect(store.id); });
      area.addTo(group);
    }
    for (const store of stores) {
      const sign: Sign = store.open ? "shop" : "plain";
      const state = store.status === "closed" ? "closed for good" : store.open ? store.mode : store.mode === "paused" ? "paused" : "closed now";
      mark(latLng(store.location.coordinates), sign, `${store.name}, ${state}`, { pmIgnore: true, snapIgnore: true })
        .on("click", () => { if (!editing) latest.current.onSelect(store.id); })
        .addTo(group);
    }
    return () => void group.remove();
  }, [map, stores, selected, editing]);

  useEffect(() => {
    if (!map) return;
    const group = L.featureGroup(riders.map(({ name, at, busy }) => mark(at, "rider", `${name}, ${busy ? "delivering" : "free"}`, { pmIgnore: true, snapIgnore: true }))).addTo(map);
    return () => void group.remove();
  }, [map, riders]);

  useEffect(() => {
    if (!map || !pin) return;
    const marker = mark(pin, "shop", "The new store", { pmIgnore: true, snapIgnore: true }).addTo(map);
    return () => void marker.remove();
  }, [map, pin]);

  // The reason of a fault stands at its corner.
  useEffect(() => {
    if (!map) return;
    const group = L.featureGroup().addTo(map);
    for (const { location, detail } of faults) {
      if (!location) continue;
      const words = document.createElement("span");
      words.textContent = detail;
      mark(latLng(location.coordinates), "bad", detail, { pmIgnore: true, snapIgnore: true, zIndexOffset: 1_000 })
        .bindTooltip(words, { permanent: true, direction: "right", offset: [16, 0], className: "fence-fault" })
        .addTo(group);
    }
    return () => void group.remove();
  }, [map, faults]);

  useEffect(() => {
    if (!map) return;
    const group = L.featureGroup().addTo(map);
    for (const { geometry, tone } of shown) L.geoJSON(geometry as GeoJSON.MultiPolygon, { interactive: false, pmIgnore: true, snapIgnore: true, style: STYLES[tone] }).addTo(group);
    for (const { location, change, orders } of dots) {
      const colour = change === "gains" ? "var(--brand)" : change === "loses" ? "var(--danger)" : "var(--warn)";
      L.circleMarker(latLng(location.coordinates), { radius: Math.min(10, 3 + Math.sqrt(orders)), color: "var(--surface)", weight: 1, fillColor: colour, fillOpacity: 0.95, interactive: false, pmIgnore: true, snapIgnore: true }).addTo(group);
    }
    return () => void group.remove();
  }, [map, shown, dots]);

  // Whoever is chosen comes into sight.
  useEffect(() => {
    if (!map || !selected) return;
    const store = latest.current.stores.find(({ id }) => id === selected);
    if (store) map.fitBounds(L.geoJSON(store.served_area as unknown as GeoJSON.MultiPolygon).getBounds().pad(0.15), { animate: false });
  }, [map, selected]);

  const first = useRef(true);
  useEffect(() => {
    if (!map || !first.current || stores.length === 0 || selected) return;
    first.current = false;
    map.fitBounds(L.featureGroup(stores.map((store) => L.geoJSON(store.served_area as unknown as GeoJSON.MultiPolygon))).getBounds(), { animate: false });
  }, [map, stores, selected]);

  return <LeafletMap centre={CITY} zoom={12} label="Map of stores, fences and riders" className="h-full w-full" onReady={setMap} />;
}

/** What is drawn, as a fence; null for nothing. */
function readDraft(group: L.FeatureGroup): Fence | null {
  const polygons: Ring[][] = [];
  let circle: Fence | null = null;
  const rings = (all: L.LatLng[][]): Ring[] => all.map((ring) => closed(ring.map(({ lng, lat }) => rounded([lng, lat]))));
  const read = (layer: L.Layer) => {
    if (layer instanceof L.Circle) {
      const { lng, lat } = layer.getLatLng();
      circle = { center: { type: "Point", coordinates: rounded([lng, lat]) }, radius_m: Math.max(1, Math.round(layer.getRadius())) };
    } else if (layer instanceof L.Polygon) {
      const found = layer.getLatLngs();
      // Leaflet nests a polygon's rings once, a multi-polygon's twice.
      if (Array.isArray(found[0]) && Array.isArray(found[0][0])) (found as L.LatLng[][][]).forEach((one) => polygons.push(rings(one)));
      else if (Array.isArray(found[0])) polygons.push(rings(found as L.LatLng[][]));
    } else if (layer instanceof L.LayerGroup) layer.eachLayer(read);
  };
  group.eachLayer(read);
  return circle ?? fenceOf(polygons.filter(([outline]) => (outline?.length ?? 0) > 3));
}

function layersOf(fence: Fence): L.Layer[] {
  if (isCircle(fence)) return [L.circle(latLng(fence.center.coordinates), { ...DRAFT, radius: fence.radius_m })];
  // One layer each: Geoman edits, moves and removes them singly.
  return polygonsOf(fence).map((rings) => L.polygon(rings.map((ring) => ring.slice(0, -1).map(latLng)), DRAFT));
}
