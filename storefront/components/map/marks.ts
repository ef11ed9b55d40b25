import L from "leaflet";

const COLOURS = { shop: "var(--brand)", home: "var(--info)", rider: "var(--warn)", plain: "var(--muted)", bad: "var(--danger)" };
const SIGNS = {
  shop: '<path d="M3 9l1.5-5h15L21 9M4 9v11h16V9M3 9h18M9 20v-6h6v6" />',
  home: '<path d="M3 11l9-8 9 8M5 9.5V21h14V9.5M10 21v-6h4v6" />',
  rider: '<circle cx="6" cy="17" r="3"/><circle cx="18" cy="17" r="3"/><path d="M9 17h6l3-9h-3M6 17l3-7h6"/>',
  plain: '<circle cx="12" cy="12" r="4" />',
  bad: '<path d="M12 7v6M12 17h.01" />',
};

export type Sign = keyof typeof SIGNS;

/** A round mark with a sign, drawn by us: no picture to fetch. `name` is read out. Text is never taken as markup. */
export function mark(at: [number, number], sign: Sign, name: string, options: L.MarkerOptions = {}): L.Marker {
  const icon = L.divIcon({
    className: "map-mark",
    iconSize: [36, 36],
    iconAnchor: [18, 18],
    html: `<svg viewBox="0 0 24 24" width="20" height="20" fill="none" stroke="currentColor" stroke-width="2" stroke-linecap="round" stroke-linejoin="round" aria-hidden="true">${SIGNS[sign]}</svg>`,
  });
  const marker = L.marker(at, { icon, alt: name, title: name, ...options });
  marker.on("add", () => {
    marker.getElement()?.style.setProperty("--mark", COLOURS[sign]);
    marker.getElement()?.setAttribute("aria-label", name);
    // One that takes no focus is no button; without a role its name would not be read.
    if (options.keyboard === false) marker.getElement()?.setAttribute("role", "img");
  });
  return marker;
}

/** GeoJSON [lng, lat] to Leaflet's [lat, lng]. */
export function latLng([lng, lat]: readonly number[]): [number, number] {
  return [lat ?? 0, lng ?? 0];
}
