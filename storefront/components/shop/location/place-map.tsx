"use client";

import type { FeatureCollection } from "geojson";
import L from "leaflet";
import { useEffect, useRef, useState } from "react";
import LeafletMap from "@/components/map/leaflet-map";
import { latLng, mark } from "@/components/map/marks";
import { cookie } from "@/lib/api/client";
import { PLACE_COOKIE, readPlace, type Place } from "@/lib/place";
import { useT } from "@/lib/i18n/client";

type Props = { label: string; at: Place | null; onTap: (lat: number, lng: number) => void };
type StoreArea = { store_id: string; name: string; open: boolean };

const SOMEWHERE: [number, number] = [20.2961, 85.8245];

/** The areas served, drawn with or without tiles; a tap says where. The list above does the same by keyboard. */
export default function PlaceMap({ label, at, onTap }: Props) {
  const t = useT();
  const [map, setMap] = useState<L.Map | null>(null);
  const tapped = useRef(onTap);
  useEffect(() => { tapped.current = onTap; });
  const [kept] = useState(() => readPlace(cookie(PLACE_COOKIE)));
  const home = at ?? kept;

  useEffect(() => {
    if (!map || !home) return;
    const pin = mark([home.lat, home.lng], "home", home.label, { keyboard: false }).addTo(map);
    return () => { pin.remove(); };
  }, [map, home]);

  useEffect(() => {
    if (!map) return;
    const stop = new AbortController();
    void drawAreas(map, stop.signal, kept === null, t("location.served"));
    return () => stop.abort();
  }, [map, kept, t]);

  return (
    <LeafletMap
      centre={kept ? [kept.lat, kept.lng] : SOMEWHERE}
      zoom={kept ? 14 : 12}
      label={label}
      className="h-72 w-full rounded-xl border border-line"
      onReady={(ready) => {
        ready.on("click", ({ latlng }) => tapped.current(latlng.lat, latlng.wrap().lng));
        setMap(ready);
      }}
    />
  );
}

async function drawAreas(map: L.Map, signal: AbortSignal, fit: boolean, served: string): Promise<void> {
  try {
    const answer = await fetch("/api/v1/service-area", { signal });
    if (!answer.ok) return;
    const areas = (await answer.json()) as FeatureCollection<GeoJSON.Geometry, StoreArea>;
    const layer = L.geoJSON(areas, {
      style: { color: "var(--brand)", weight: 2, fillOpacity: 0.12 },
      onEachFeature: (feature, shape) => {
        const name = document.createElement("span");
        name.textContent = `${served}: ${feature.properties.name}`;
        shape.bindTooltip(name, { sticky: true });
      },
      pointToLayer: (feature, point) => mark(latLng([point.lng, point.lat]), "shop", feature.properties.name),
    }).addTo(map);
    if (fit && layer.getBounds().isValid()) map.fitBounds(layer.getBounds());
  } catch {
    // Without the areas the map still takes a tap; the answer to it says who delivers.
  }
}
