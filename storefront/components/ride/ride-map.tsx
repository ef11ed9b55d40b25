"use client";

import L from "leaflet";
import { useEffect, useRef, useState } from "react";
import useSWR from "swr";
import { drawGround } from "@/components/map/ground";
import LeafletMap from "@/components/map/leaflet-map";
import { latLng, mark } from "@/components/map/marks";
import { api, call } from "@/lib/api/client";
import type { Task } from "@/lib/api/types";
import { useT } from "@/lib/i18n/client";
import type { Seen } from "@/lib/ride/use-position";

const ROUTE_MS = 20_000;

/** The store, the door, the rider and the way between them. */
export default function RideMap({ task, seen }: { task: Task; seen: Seen | null }) {
  const t = useT();
  const [map, setMap] = useState<L.Map | null>(null);
  const { data: route } = useSWR(["rider/route", task.state], () => call(api.GET("/api/v1/rider/route")), { refreshInterval: ROUTE_MS });
  const rider = useRef<L.Marker | null>(null);
  const store = latLng(task.pickup.location.coordinates);
  const door = latLng(task.drop.location.coordinates);

  useEffect(() => {
    if (!map) return;
    const stop = new AbortController();
    void drawGround(map, { signal: stop.signal });
    const marks = L.layerGroup([mark(store, "shop", t("ride.store")), mark(door, "home", t("ride.door"))]).addTo(map);
    map.fitBounds(L.latLngBounds([store, door]).pad(0.3), { animate: false });
    return () => {
      stop.abort();
      marks.remove();
    };
    // The places of a task never change.
    // eslint-disable-next-line react-hooks/exhaustive-deps
  }, [map, task.id, t]);

  useEffect(() => {
    if (!map || !route?.line) return;
    const line = L.polyline(route.line.coordinates.map(latLng), { color: "var(--info)", weight: 5, opacity: 0.8 }).addTo(map);
    return () => void line.remove();
  }, [map, route]);

  useEffect(() => {
    if (!map || !seen) return;
    const at: [number, number] = [seen.lat, seen.lng];
    if (rider.current) rider.current.setLatLng(at);
    else rider.current = mark(at, "rider", t("ride.you")).addTo(map);
  }, [map, seen, t]);

  return <LeafletMap centre={store} label={t("ride.map")} className="h-72 w-full overflow-hidden rounded-2xl border border-line" onReady={setMap} />;
}
