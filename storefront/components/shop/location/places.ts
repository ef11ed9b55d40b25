// Places with names and whether we deliver there.
import { api, call } from "@/lib/api/client";
import type { Serviceability } from "@/lib/api/types";
import type { Locale } from "@/lib/i18n/locales";
import type { Place } from "@/lib/place";

export type KnownPlace = { id: string; name: string; city: string; location: { coordinates: number[] }; serviceable: boolean };
export type Nearest = { name: string; distance_m: number; location: { coordinates: number[] } };
/** A point that was asked about, and the answer. */
export type Looked = { place: Place; answer: Serviceability & { nearest?: Nearest | null } };

async function read<Data>(address: string): Promise<Data> {
  const answer = await fetch(address);
  if (!answer.ok) throw new Error(`${answer.status}`);
  return (await answer.json()) as Data;
}

export async function findPlaces(q: string, lang: Locale): Promise<KnownPlace[]> {
  const search = new URLSearchParams({ lang, limit: "8", ...(q && { q }) });
  return (await read<{ items: KnownPlace[] }>(`/api/v1/places?${search}`)).items;
}

/** `Patia, Bhubaneswar`; null where no name is known. */
async function nameOf(lat: number, lng: number, lang: Locale): Promise<string | null> {
  try {
    const place = await read<KnownPlace | null>(`/api/v1/places/nearest?lat=${lat}&lng=${lng}&lang=${lang}`);
    return place?.name ?? null;
  } catch {
    return null; // a point needs no name to be served
  }
}

/** Whether a point is served, and what it is called (`fallback` where nobody knows). */
export async function lookAt(lat: number, lng: number, lang: Locale, label: string | null, fallback: string): Promise<Looked> {
  const [answer, name] = await Promise.all([
    call(api.GET("/api/v1/serviceability", { params: { query: { lat, lng } } })),
    label ?? nameOf(lat, lng, lang),
  ]);
  return { place: { lat, lng, label: name ?? fallback }, answer };
}

/** Where the browser is; raises GeolocationPositionError when it will not or cannot tell. */
export function ownPosition(): Promise<GeolocationCoordinates> {
  return new Promise((resolve, reject) => {
    navigator.geolocation.getCurrentPosition((found) => resolve(found.coords), reject, { enableHighAccuracy: true, timeout: 10_000, maximumAge: 60_000 });
  });
}
