import "server-only";
import { cache } from "react";
import { settings } from "@/lib/server/settings";

export type ServiceArea = { id: string; name: string; open: boolean };

type Feature = { properties: { store_id: string; name: string; open: boolean } };

/** The stores of the city and whether they are open; nothing when nobody can tell. */
export const getServiceAreas = cache(async (): Promise<ServiceArea[]> => {
  const answer = await fetch(`${settings.apiUrl}/api/v1/service-area`, { next: { revalidate: 60 } });
  if (!answer.ok) return [];
  const { features } = (await answer.json()) as { features: Feature[] };
  return features.map(({ properties }) => ({ id: properties.store_id, name: properties.name, open: properties.open }));
});
