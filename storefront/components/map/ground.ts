import L from "leaflet";
import { api, call } from "@/lib/api/client";
import { latLng } from "@/components/map/marks";

type Options = { signal?: AbortSignal };

/**
 * What a map shows without any tile server: where we deliver, and the names of localities, from our own data.
 * Areas take no taps, so whoever listens on the map hears them all.
 */
export async function drawGround(map: L.Map, { signal }: Options = {}): Promise<void> {
  const [areas] = await Promise.all([call(api.GET("/api/v1/service-area")).catch(() => null), drawLabels(map, { signal })]);
  if (signal?.aborted || !areas) return;
  const ground = L.geoJSON(areas as unknown as GeoJSON.FeatureCollection, {
    interactive: false,
    style: { color: "var(--brand)", weight: 1.5, fillColor: "var(--brand)", fillOpacity: 0.1 },
  }).addTo(map);
  signal?.addEventListener("abort", () => ground.remove());
}

/** The names of localities, once one is near enough to read them. */
export async function drawLabels(map: L.Map, { signal }: Options = {}): Promise<void> {
  const places = await call(api.GET("/api/v1/places", { params: { query: { limit: 50 } } })).catch(() => null);
  if (signal?.aborted) return;
  const labels = L.layerGroup();
  for (const place of places?.items ?? []) {
    const name = document.createElement("span");
    name.textContent = place.name;
    L.marker(latLng(place.location.coordinates), {
      interactive: false,
      keyboard: false,
      pmIgnore: true,
      snapIgnore: true,
      icon: L.divIcon({ className: "map-label", html: name, iconSize: undefined }),
    }).addTo(labels);
  }
  const onZoom = () => {
    if (map.getZoom() >= 13) labels.addTo(map);
    else labels.remove();
  };
  onZoom();
  map.on("zoomend", onZoom);
  signal?.addEventListener("abort", () => {
    map.off("zoomend", onZoom);
    labels.remove();
  });
}
