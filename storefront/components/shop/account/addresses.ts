"use client";

import useSWR from "swr";
import { useMe } from "@/components/shop/account/session";
import { api, call } from "@/lib/api/client";
import type { Address } from "@/lib/api/types";

export const ADDRESSES = "addresses";

/** The address book of whoever is signed in. */
export function useAddresses(): { addresses: Address[] | undefined; fault: unknown; again: () => Promise<unknown> } {
  const { me } = useMe();
  const { data, error, mutate } = useSWR(me ? ADDRESSES : null, () => call(api.GET("/api/v1/me/addresses")), { revalidateOnFocus: false });
  return { addresses: data?.items, fault: error, again: () => mutate() };
}

/** Flat, street and place in one line. */
export function addressLine({ unit, text }: Pick<Address, "unit" | "text">): string {
  return [unit, text].filter(Boolean).join(", ");
}

const METRES_PER_DEGREE = 111_320;

/** Metres between two points, near enough within a city. */
export function metresBetween(one: { lat: number; lng: number }, other: { lat: number; lng: number }): number {
  const east = (one.lng - other.lng) * Math.cos((one.lat * Math.PI) / 180);
  return Math.hypot(one.lat - other.lat, east) * METRES_PER_DEGREE;
}
