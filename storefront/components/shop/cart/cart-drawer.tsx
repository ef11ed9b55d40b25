"use client";

import { CartContents, CartFoot } from "@/components/shop/cart/cart-contents";
import { useCart } from "@/components/shop/cart/cart-store";
import { Dialog } from "@/components/ui/dialog";
import { useT } from "@/lib/i18n/client";

export function CartDrawer({ open, onClose }: { open: boolean; onClose: () => void }) {
  const t = useT();
  const { count } = useCart();
  return (
    <Dialog open={open} onClose={onClose} title={t("cart.title")} closeLabel={t("cart.close")} place="side" footer={count > 0 && <CartFoot onLeave={onClose} />}>
      <CartContents onLeave={onClose} />
    </Dialog>
  );
}
