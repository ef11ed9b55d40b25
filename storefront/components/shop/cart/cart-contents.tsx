"use client";

import dynamic from "next/dynamic";
import { useState } from "react";
import { CartRow } from "@/components/shop/cart/cart-line";
import { clearCart, refreshCart, useCart } from "@/components/shop/cart/cart-store";
import { Button, ButtonLink } from "@/components/ui/button";
import { Dialog } from "@/components/ui/dialog";
import { Icon } from "@/components/ui/icon";
import { Banner, Notice, Skeleton } from "@/components/ui/states";
import type { Cart } from "@/lib/api/types";
import { useLocale, useT } from "@/lib/i18n/client";
import { money } from "@/lib/money";
import { useAction, useSentence } from "@/lib/problems/use-problem";

/** All that is in the cart, in the drawer as on the page. */
export function CartContents({ onLeave }: { onLeave?: () => void }) {
  const t = useT();
  const { cart, isLoading, fault } = useCart();
  const refusal = useSentence(fault);
  if (!cart && isLoading) return <CartSkeleton />;
  if (!cart && fault) {
    return <Notice title={t("cart.cannotRead")} action={<Button onClick={() => void refreshCart()}>{t("tryAgain")}</Button>}>{refusal}</Notice>;
  }
  if (!cart || cart.lines.length === 0) return <EmptyCart onLeave={onLeave} />;
  return (
    <div className="grid gap-3">
      <PlaceHint cart={cart} />
      <ShortHint cart={cart} />
      <ul className="divide-y divide-line">
        {cart.lines.map((line) => <CartRow key={line.sku} line={line} />)}
      </ul>
      <ClearCart />
    </div>
  );
}

function EmptyCart({ onLeave }: { onLeave?: () => void }) {
  const t = useT();
  return (
    <Notice icon={<Icon name="cart" className="size-7" />} title={t("cart.empty")} action={<ButtonLink href="/" onClick={onLeave}>{t("cart.startShopping")}</ButtonLink>}>
      {t("cart.emptyHint")}
    </Notice>
  );
}

function CartSkeleton() {
  const t = useT();
  return (
    <div role="status" className="grid gap-4 py-4">
      <span className="sr-only">{t("loading")}</span>
      {[1, 2, 3].map((row) => <Skeleton key={row} className="h-20" />)}
    </div>
  );
}

const LocationPicker = dynamic(() => import("@/components/shop/location/location-picker").then((loaded) => loaded.LocationPicker), { ssr: false });

function PlaceHint({ cart }: { cart: Cart }) {
  const t = useT();
  const [open, setOpen] = useState(false);
  if (cart.serviceable) return null;
  return (
    <>
      <Banner tone="info" action={<Button look="secondary" icon={<Icon name="pin" className="size-4" />} onClick={() => setOpen(true)}>{t("cart.choosePlace")}</Button>}>
        {t(cart.serviceable === null ? "cart.noPlace" : "cart.notServed")}
      </Banner>
      {open && <LocationPicker open onClose={() => setOpen(false)} />}
    </>
  );
}

function ShortHint({ cart }: { cart: Cart }) {
  const t = useT();
  const { setQuantity } = useCart();
  const gone = cart.lines.filter((line) => line.problem);
  if (gone.length < 2) return null; // the one says it itself
  return (
    <Banner tone="warn" action={<Button look="secondary" onClick={() => gone.forEach((line) => void setQuantity(line.sku, 0))}>{t("cart.removeShortAll")}</Button>}>
      {t("cart.shortSome", { count: gone.length })}
    </Banner>
  );
}

function ClearCart() {
  const t = useT();
  const [asking, setAsking] = useState(false);
  const { busy, run } = useAction();
  return (
    <>
      <Button look="quiet" className="justify-self-start" icon={<Icon name="bin" className="size-4" />} onClick={() => setAsking(true)}>{t("cart.clear")}</Button>
      <Dialog open={asking} onClose={() => setAsking(false)} title={t("cart.clear")} closeLabel={t("close")}>
        <p>{t("cart.clearSure")}</p>
        <div className="mt-5 flex flex-wrap justify-end gap-2">
          <Button look="secondary" onClick={() => setAsking(false)}>{t("cart.keep")}</Button>
          <Button look="danger" busy={busy} onClick={() => void run(async () => { await clearCart(); setAsking(false); })}>{t("cart.clearYes")}</Button>
        </div>
      </Dialog>
    </>
  );
}

/** The subtotal and the way to the checkout. */
export function CartFoot({ onLeave }: { onLeave?: () => void }) {
  const t = useT();
  const locale = useLocale();
  const { cart } = useCart();
  if (!cart || cart.lines.length === 0) return null;
  const nothingComes = cart.serviceable === true && cart.lines.every((line) => line.problem);
  return (
    <div className="grid gap-3">
      {cart.subtotal && (
        <p className="flex items-baseline justify-between gap-4">
          <span className="font-medium">{t("cart.subtotal")}</span>
          <span className="text-xl font-bold tabular-nums">{money(cart.subtotal, locale)}</span>
        </p>
      )}
      <p className="text-sm text-muted">{cart.store && <>{t("cart.from", { store: cart.store.name })} · </>}{t("cart.feesLater")}</p>
      {!nothingComes && <ButtonLink href="/checkout" size="large" wide onClick={onLeave}>{t("cart.checkout")}</ButtonLink>}
    </div>
  );
}
