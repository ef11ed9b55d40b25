"use client";

import { CartFoot } from "@/components/shop/cart/cart-contents";
import { useCart } from "@/components/shop/cart/cart-store";
import { Card } from "@/components/ui/states";

/** Beside the lines where there is room, else under them. */
export function CartPageFoot() {
  const { cart } = useCart();
  if (!cart || cart.lines.length === 0) return null;
  return <Card className="lg:sticky lg:top-24"><CartFoot /></Card>;
}
