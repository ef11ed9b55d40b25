// Where the customer shops: a point with a name, remembered in a cookie so that the server renders the right shelf.
export const PLACE_COOKIE = "place";
/** Heard on `window` when another place was chosen: what depends on it reads itself anew. */
export const PLACE_EVENT = "placechange";

export type Place = { lat: number; lng: number; label: string };

/** The place in the cookie's text, or null when there is none or it makes no sense. */
export function readPlace(text: string | null | undefined): Place | null {
  if (!text) return null;
  const [lat, lng, ...label] = decoded(text).split("|");
  const place = { lat: Number(lat), lng: Number(lng), label: label.join("|") };
  const sound = Number.isFinite(place.lat) && Number.isFinite(place.lng) && Math.abs(place.lat) <= 90 && Math.abs(place.lng) <= 180;
  return sound && lat && lng ? place : null;
}

/** Servers and browsers hand cookies over decoded or not; a lone % is part of a name then. */
function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

/** Six decimals are a hand's breadth; more would only tell more than the shop needs. */
export function writePlace({ lat, lng, label }: Place): string {
  return encodeURIComponent(`${lat.toFixed(6)}|${lng.toFixed(6)}|${[...label].slice(0, 80).join("")}`);
}

export function rememberPlace(place: Place): void {
  document.cookie = `${PLACE_COOKIE}=${writePlace(place)}; path=/; max-age=31536000; samesite=lax`;
  window.dispatchEvent(new Event(PLACE_EVENT));
}
