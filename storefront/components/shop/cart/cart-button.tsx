"use client";

import { usePathname } from "next/navigation";
import { lazy, Suspense, useState } from "react";
import { createPortal } from "react-dom";
import { useCart } from "@/components/shop/cart/cart-store";
import { Icon } from "@/components/ui/icon";
import { useLocale, useT } from "@/lib/i18n/client";
import { money } from "@/lib/money";

// Not next/dynamic, which every page would load: these are never drawn on the server.
const CartDrawer = lazy(() => import("@/components/shop/cart/cart-drawer").then(({ CartDrawer }) => ({ default: CartDrawer })));

// These pages have their own way on at the bottom of a phone.
const WITHOUT_BAR = /^\/(cart|checkout|orders\/|sign-)/;

/** The cart in the header: how many and how much; opens the drawer. On phones also a bar above the navigation. */
export function CartButton() {
  const t = useT();
  const locale = useLocale();
  const path = usePathname();
  const { cart, count } = useCart();
  // Open on the page where it was opened: whoever goes on to another page has left it.
  const [openAt, setOpenAt] = useState<string | null>(null);
  const [wanted, setWanted] = useState(false);
  const subtotal = cart?.subtotal && cart.subtotal.amount > 0 ? money(cart.subtotal, locale) : "";
  const name = count > 0 ? t("cart.open", { count }) : t("cart.openEmpty");

  function show(): void {
    setWanted(true);
    setOpenAt(path);
  }

  return (
    <>
      <button type="button" onClick={show} aria-label={subtotal ? `${name}, ${subtotal}` : name} className="relative inline-flex min-h-11 min-w-11 items-center justify-center gap-2 rounded-xl bg-brand px-3 font-bold text-on-brand hover:bg-brand-deep">
        <Icon name="cart" className="size-5" />
        <span className="hidden text-left text-sm leading-tight whitespace-nowrap md:block">
          {count > 0 ? <>{t("cart.items", { count })}{subtotal && <><br />{subtotal}</>}</> : t("cart.short")}
        </span>
        {count > 0 && <span aria-hidden="true" className="absolute -top-1 -right-1 grid min-w-5 place-items-center rounded-full bg-sun px-1 text-xs text-on-sun md:hidden">{count}</span>}
      </button>
      {wanted && <Suspense><CartDrawer open={openAt === path} onClose={() => setOpenAt(null)} /></Suspense>}
      {count > 0 && !WITHOUT_BAR.test(path) && createPortal(
        <div className="fixed inset-x-0 bottom-[calc(3.5rem+env(safe-area-inset-bottom))] z-30 px-3 pb-2 md:hidden">
          <button type="button" onClick={show} className="flex min-h-13 w-full items-center justify-between gap-3 rounded-2xl bg-brand px-4 font-bold text-on-brand shadow-lg">
            <span className="flex items-center gap-2"><Icon name="cart" className="size-5" />{t("cart.items", { count })}{subtotal && ` · ${subtotal}`}</span>
            <span>{t("cart.view")}</span>
          </button>
        </div>,
        document.body,
      )}
    </>
  );
}
