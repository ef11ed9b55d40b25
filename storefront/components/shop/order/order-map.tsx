"use client";

import L, { type Map as LeafletMap_, Marker } from "leaflet";
import { useEffect, useRef, useState } from "react";
import LeafletMap from "@/components/map/leaflet-map";
import { drawGround } from "@/components/map/ground";
import { latLng, mark } from "@/components/map/marks";
import type { RiderPosition } from "@/components/shop/order/use-order";
import type { Order } from "@/lib/api/types";
import { useT } from "@/lib/i18n/client";

const GLIDE_MS = 1_800;

/** Store and door, the way the goods go (as the crow flies) and, while he rides, the rider, who glides from fix to fix. */
export default function OrderMap({ order, rider }: { order: Order; rider: RiderPosition | null }) {
  const t = useT();
  const [map, setMap] = useState<LeafletMap_ | null>(null);
  const marker = useRef<Marker | null>(null);
  const door = latLng(order.location.coordinates);
  const words = { rider: t("order.map.rider"), store: order.store.name, door: t("order.map.door") };
  const storesKey = order.fulfilments.map((part) => part.store.id).join();

  useEffect(() => {
    if (!map) return;
    const stop = new AbortController();
    void drawGround(map, { signal: stop.signal });
    const home = latLng(order.location.coordinates);
    const points = order.fulfilments.map((part) => latLng(part.store.location.coordinates));
    const marks = order.fulfilments.map((part, index) => mark(points[index]!, "shop", part.store.name, { keyboard: false }).addTo(map));
    marks.push(mark(home, "home", words.door, { keyboard: false }).addTo(map));
    const lines = points.map((point) => L.polyline([point, home], { color: "var(--brand)", weight: 3, dashArray: "2 8", interactive: false }).addTo(map));
    map.fitBounds([...points, home], { padding: [44, 44], maxZoom: 16 });
    return () => { stop.abort(); [...marks, ...lines].forEach((one) => one.remove()); };
    // The places of one order change only when another store takes over.
    // eslint-disable-next-line react-hooks/exhaustive-deps
  }, [map, storesKey]);

  useEffect(() => {
    if (!map || !rider) {
      marker.current?.remove();
      marker.current = null;
      return;
    }
    const to: [number, number] = [rider.lat, rider.lng];
    if (!marker.current) {
      marker.current = mark(to, "rider", words.rider, { keyboard: false, zIndexOffset: 500 }).addTo(map);
      return;
    }
    return glide(marker.current, to, map);
  }, [map, rider, words.rider]);

  return <LeafletMap centre={door} zoom={15} label={t("order.map")} onReady={(living) => { setMap(living); return () => setMap(null); }} className="h-72 w-full overflow-hidden rounded-2xl border border-line md:h-96" />;
}

/** Moves a mark evenly to its next place; at once for those who want no motion. Gives what stops it. */
function glide(marker: Marker, to: [number, number], map: LeafletMap_): () => void {
  const from = marker.getLatLng();
  const still = window.matchMedia("(prefers-reduced-motion: reduce)").matches;
  const began = performance.now();
  let frame = 0;
  const step = (now: number) => {
    const part = still ? 1 : Math.min(1, (now - began) / GLIDE_MS);
    marker.setLatLng([from.lat + (to[0] - from.lat) * part, from.lng + (to[1] - from.lng) * part]);
    if (part < 1) frame = requestAnimationFrame(step);
    else if (!map.getBounds().contains(marker.getLatLng())) map.panTo(marker.getLatLng(), { animate: !still });
  };
  frame = requestAnimationFrame(step);
  return () => cancelAnimationFrame(frame);
}
