// Places that people know by name, and where we deliver.
import type { Point } from "@/lib/api/types";
import { api, call } from "@/lib/api/client";
import type { Place } from "@/lib/place";

export type KnownPlace = { id: string; name: string; city: string; location: Point; serviceable: boolean };

export async function findPlaces(q: string): Promise<KnownPlace[]> {
  const query = q.trim() ? { q: q.trim() } : {};
  return (await call(api.GET("/api/v1/places", { params: { query } }))).items;
}

/** What the neighbourhood of a point is called; null where nobody knows. */
export async function nameOf(lat: number, lng: number): Promise<string | null> {
  const { place } = await call(api.GET("/api/v1/places/nearest", { params: { query: { lat, lng } } }));
  return place ? `${place.name}, ${place.city}` : null;
}

export function asPlace({ name, location }: KnownPlace): Place {
  const [lng = 0, lat = 0] = location.coordinates;
  return { lat, lng, label: name };
}
