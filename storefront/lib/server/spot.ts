import "server-only";
import { cache } from "react";
import type { Serviceability } from "@/lib/api/types";
import type { Place } from "@/lib/place";
import { found, publicApi } from "@/lib/server/api";
import { getPlace, getServiceability } from "@/lib/server/place";
import type { Where } from "@/lib/wishes";

/** Whose shelf the pages show. */
export type Spot = {
  place: Place | null;
  answer: Serviceability | null;
  /** What to ask the catalogue for; null while no store of the city is known. */
  where: Where | null;
  /** True when the shelf is that of the customer's own store; else one only to look at. */
  served: boolean;
  /** Name of the store whose shelf is only shown to look at. */
  showcase: string | null;
};

/**
 * Whose shelf to show: that of the remembered place's store, open or not. Before anybody said where, and outside every
 * fence, that of some store, to look at.
 */
export const getSpot = cache(async (): Promise<Spot> => {
  const [place, answer] = await Promise.all([getPlace(), getServiceability()]);
  if (place && answer && (answer.serviceable || answer.reason === "all_closed")) {
    return { place, answer, where: { lat: place.lat, lng: place.lng }, served: true, showcase: null };
  }
  const stores = await knownStores();
  const shown = stores.find(({ open }) => open) ?? stores[0];
  return { place, answer, where: shown ? { store_id: shown.store_id } : null, served: false, showcase: shown?.name ?? null };
});

async function knownStores() {
  const api = await publicApi();
  const areas = await found(api.GET("/api/v1/service-area", { next: { revalidate: 60 } }));
  return (areas?.features ?? []).map(({ properties }) => properties);
}
