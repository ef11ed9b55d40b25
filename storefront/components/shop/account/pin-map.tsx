"use client";

import type { Map as LeafletMap_, Marker } from "leaflet";
import dynamic from "next/dynamic";
import { LocateFixed } from "lucide-react";
import { useEffect, useRef, useState } from "react";
import { Button } from "@/components/ui/button";
import { Skeleton } from "@/components/ui/states";
import { useT } from "@/lib/i18n/client";

export type Spot = { lat: number; lng: number };

const LeafletMap = dynamic(() => import("@/components/map/leaflet-map"), { ssr: false, loading: () => <Skeleton className="h-64 w-full" /> });
const STEP = 0.0001; // about eleven metres
const STEPS: Record<string, [number, number]> = { ArrowUp: [STEP, 0], ArrowDown: [-STEP, 0], ArrowLeft: [0, -STEP], ArrowRight: [0, STEP] };

/** A pin to put on the door: tap, drag, the device's position, or the arrow keys on the pin. */
export function PinMap({ value, onChange }: { value: Spot; onChange: (spot: Spot) => void }) {
  const t = useT();
  const pin = useRef<{ map: LeafletMap_; marker: Marker } | null>(null);
  const tell = useRef(onChange);
  const [looking, setLooking] = useState<"no" | "yes" | "failed">("no");
  useEffect(() => { tell.current = onChange; });

  useEffect(() => {
    if (!pin.current) return;
    const { map, marker } = pin.current;
    marker.setLatLng([value.lat, value.lng]);
    if (!map.getBounds().pad(-0.15).contains(marker.getLatLng())) map.panTo(marker.getLatLng());
  }, [value.lat, value.lng]);

  function draw(map: LeafletMap_): () => void {
    let gone = false;
    const stop = new AbortController();
    void import("@/components/map/ground").then(({ drawGround }) => drawGround(map, { signal: stop.signal }));
    void import("@/components/map/marks").then(({ mark }) => {
      if (gone) return;
      const marker = mark([value.lat, value.lng], "home", t("address.pin"), { draggable: true, autoPan: true }).addTo(map);
      pin.current = { map, marker };
      const move = ({ lat, lng }: Spot) => tell.current({ lat, lng });
      marker.on("dragend", () => move(marker.getLatLng()));
      map.on("click", (event) => move(event.latlng));
      marker.getElement()?.addEventListener("keydown", (event) => {
        const step = STEPS[event.key];
        if (!step) return;
        event.preventDefault();
        event.stopPropagation();
        const { lat, lng } = marker.getLatLng();
        move({ lat: lat + step[0], lng: lng + step[1] });
      });
    });
    return () => { gone = true; stop.abort(); pin.current = null; };
  }

  function locate(): void {
    setLooking("yes");
    navigator.geolocation.getCurrentPosition(
      ({ coords }) => { setLooking("no"); onChange({ lat: coords.latitude, lng: coords.longitude }); },
      () => setLooking("failed"),
      { enableHighAccuracy: true, timeout: 10_000 },
    );
  }

  return (
    <div className="grid gap-2">
      <LeafletMap centre={[value.lat, value.lng]} zoom={16} label={t("address.map")} onReady={draw} className="h-64 w-full overflow-hidden rounded-xl border border-line" />
      <div className="flex flex-wrap items-center justify-between gap-2">
        <p className="text-sm text-muted">{t("address.mapHint")}</p>
        <Button look="secondary" busy={looking === "yes"} icon={<LocateFixed aria-hidden="true" className="size-4" />} onClick={locate}>{t("address.locate")}</Button>
      </div>
      {looking === "failed" && <p role="alert" className="text-sm font-medium text-warn">{t("address.locateFailed")}</p>}
    </div>
  );
}
