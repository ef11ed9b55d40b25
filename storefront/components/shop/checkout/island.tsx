"use client";

import { useSyncExternalStore } from "react";
import { Checkout } from "@/components/shop/checkout/checkout";

const never = () => () => {};

/** The checkout reads cookies that only the browser has; it begins there. */
export function CheckoutIsland() {
  const inBrowser = useSyncExternalStore(never, () => true, () => false);
  return inBrowser ? <Checkout /> : null;
}
