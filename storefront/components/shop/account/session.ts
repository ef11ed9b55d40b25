"use client";

import useSWR, { mutate } from "swr";
import { refreshCart } from "@/components/shop/cart/cart-store";
import { api, call, seemsSignedIn } from "@/lib/api/client";
import { ApiProblem } from "@/lib/api/problem";
import type { User } from "@/lib/api/types";

export const ME = "me";
/** What belongs to a person; it is forgotten when somebody else comes. */
const PERSONAL = /^(me|addresses|orders|order:)/;

async function read(): Promise<User | null> {
  if (!seemsSignedIn()) return null;
  try {
    return await call(api.GET("/api/v1/me"));
  } catch (fault) {
    if (fault instanceof ApiProblem && fault.status === 401) return null;
    throw fault;
  }
}

/** Who is signed in; `me` null: nobody, undefined: not known yet. */
export function useMe(): { me: User | null | undefined; fault: unknown; again: () => void } {
  const { data, error, mutate: again } = useSWR<User | null>(ME, read, { revalidateOnFocus: false });
  return { me: data, fault: error, again: () => void again() };
}

/** Everything personal is read anew for `user`. */
export async function nowSignedIn(user: User | null): Promise<void> {
  await mutate((key) => typeof key === "string" && key !== ME && PERSONAL.test(key), undefined, { revalidate: true });
  await mutate(ME, user, { revalidate: false });
  await refreshCart();
}

export async function signOut(): Promise<void> {
  await call(api.POST("/api/v1/auth/logout"));
  await nowSignedIn(null);
}

const HOMES: [role: User["roles"][number], path: string][] = [
  ["customer", "/"], ["store_manager", "/store"], ["rider", "/ride"], ["admin", "/admin"], ["super_admin", "/admin"],
];

/** Where somebody goes on after signing in: back, or to the app of the own work. */
export function wayOn(user: User, next: string | null): string {
  const home = HOMES.find(([role]) => user.roles.includes(role))?.[1] ?? "/";
  return next ?? home;
}
