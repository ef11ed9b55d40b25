import L from "leaflet";
import { api, call } from "@/lib/api/client";
import { latLng } from "@/components/map/marks";

type Options = { signal?: AbortSignal; /** Names of the areas that stores serve. */ names?: boolean };

/**
 * What a map shows without any tile server: where we deliver, and the names of localities, from our own data.
 * Areas take no taps, so whoever listens on the map hears them all.
 */
export async function drawGround(map: L.Map, { signal }: Options = {}): Promise<void> {
  const [areas, places] = await Promise.all([
    call(api.GET("/api/v1/service-area")).catch(() => null),
    call(api.GET("/api/v1/places", { params: { query: { limit: 50 } } })).catch(() => null),
  ]);
  if (signal?.aborted) return;
  const ground = L.layerGroup().addTo(map);
  if (areas) {
    L.geoJSON(areas as unknown as GeoJSON.FeatureCollection, {
      interactive: false,
      style: { color: "var(--brand)", weight: 1.5, fillColor: "var(--brand)", fillOpacity: 0.1 },
    }).addTo(ground);
  }
  const labels = L.layerGroup();
  for (const place of places?.items ?? []) {
    const name = document.createElement("span");
    name.textContent = place.name;
    L.marker(latLng(place.location.coordinates), {
      interactive: false,
      keyboard: false,
      icon: L.divIcon({ className: "map-label", html: name, iconSize: undefined }),
    }).addTo(labels);
  }
  const onZoom = () => {
    if (map.getZoom() >= 13) labels.addTo(ground);
    else labels.remove();
  };
  onZoom();
  map.on("zoomend", onZoom);
  signal?.addEventListener("abort", () => {
    map.off("zoomend", onZoom);
    ground.remove();
  });
}
