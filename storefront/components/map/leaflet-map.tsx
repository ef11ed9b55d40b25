"use client";

import "leaflet/dist/leaflet.css";
import L from "leaflet";
import { useEffect, useRef, useState } from "react";
import { useMapSettings } from "@/components/map/settings";

export type LeafletMapProps = {
  /** [lat, lng] */
  centre: [number, number];
  zoom?: number;
  /** What the map shows, for those who do not see it. */
  label: string;
  className?: string;
  /** Called once with the living map; gives what to undo. Draw on it from there or keep it in a state. */
  onReady?: (map: L.Map) => void | (() => void);
};

/**
 * A Leaflet map. Without a tile address it draws on a plain ground, where `ground.ts` puts served areas and localities.
 * Load it with `dynamic(() => import("@/components/map/leaflet-map"), { ssr: false })`: Leaflet needs a window.
 */
export default function LeafletMap({ centre, zoom = 14, label, className, onReady }: LeafletMapProps) {
  const element = useRef<HTMLDivElement>(null);
  const { tileUrl, tileAttribution } = useMapSettings();
  const [first] = useState({ centre, zoom, onReady });

  useEffect(() => {
    if (!element.current) return;
    const map = L.map(element.current, { zoomControl: true, attributionControl: Boolean(tileAttribution) });
    map.attributionControl?.setPrefix(false);
    map.setView(first.centre, first.zoom);
    if (tileUrl) L.tileLayer(tileUrl, { attribution: tileAttribution, maxZoom: 19 }).addTo(map);
    const undo = first.onReady?.(map);
    const watcher = new ResizeObserver(() => map.invalidateSize());
    watcher.observe(element.current);
    return () => {
      watcher.disconnect();
      undo?.();
      map.remove();
    };
  }, [first, tileUrl, tileAttribution]);

  return <div ref={element} role="application" aria-label={label} className={className} />;
}
