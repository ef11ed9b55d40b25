import "server-only";
import { cookies } from "next/headers";
import { cache } from "react";
import { PLACE_COOKIE, readPlace, type Place } from "@/lib/place";
import type { Serviceability } from "@/lib/api/types";
import { found, publicApi } from "@/lib/server/api";

export const getPlace = cache(async (): Promise<Place | null> => readPlace((await cookies()).get(PLACE_COOKIE)?.value));

/** Which store serves the remembered place; null while nobody said where. */
export const getServiceability = cache(async (): Promise<Serviceability | null> => {
  const place = await getPlace();
  if (!place) return null;
  const api = await publicApi(place);
  return found(api.GET("/api/v1/serviceability", { params: { query: { lat: place.lat, lng: place.lng } } }));
});
