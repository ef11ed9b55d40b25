import { refreshCart } from "@/components/shop/cart/cart-store";
import { api, call } from "@/lib/api/client";
import type { User } from "@/lib/api/types";

/** Under this key SWR keeps who is signed in. */
export const ME = "me";
/** What belongs to a person; it is forgotten when somebody else comes. */
const PERSONAL = /^(me|addresses|orders|order:)/;

/** Everything personal is read anew for `user`. */
export async function nowSignedIn(user: User | null): Promise<void> {
  // Loaded when it is needed: the page to sign in on shows nothing that was read with it.
  const { mutate } = await import("swr");
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
