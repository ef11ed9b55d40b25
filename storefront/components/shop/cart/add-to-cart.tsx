"use client";

import { useEffect, useRef } from "react";
import { useCart } from "@/components/shop/cart/cart-store";
import { mostOf } from "@/components/shop/cart/most";
import { Stepper } from "@/components/shop/cart/stepper";
import { cx } from "@/components/ui/cx";
import { Icon } from "@/components/ui/icon";
import type { Offer } from "@/lib/api/types";
import { useT } from "@/lib/i18n/client";
import { useSentence } from "@/lib/problems/use-problem";

type Props = {
  offer: Pick<Offer, "sku" | "name" | "available" | "available_quantity" | "max_per_order">;
  /** `large` on a product's own page. */
  size?: "normal" | "large";
  className?: string;
};

/** Add → − n +; sold out, what limits the number, and a refusal, all beside the button. */
export function AddToCart({ offer, size = "normal", className }: Props) {
  const t = useT();
  const { quantityOf, setQuantity, problems } = useCart();
  const refusal = useSentence(problems.get(offer.sku));
  const box = useRef<HTMLDivElement>(null);
  const swapped = useRef(false);
  const quantity = quantityOf(offer.sku);
  const most = mostOf(offer);

  // The button that was pressed is gone after the change; the focus moves on to its successor.
  useEffect(() => {
    if (swapped.current) box.current?.querySelector<HTMLButtonElement>("button:last-of-type")?.focus();
    swapped.current = false;
  }, [quantity]);

  function set(next: number): void {
    swapped.current = (quantity === 0) !== (next === 0);
    void setQuantity(offer.sku, next);
  }

  return (
    <div ref={box} className={cx("grid gap-1", size === "large" && "max-w-xs", className)}>
      {quantity > 0 ? (
        <Stepper name={offer.name} quantity={quantity} most={most} onChange={set} />
      ) : (
        <button
          type="button"
          disabled={!offer.available}
          aria-label={offer.available ? t("cart.addItem", { name: offer.name }) : undefined}
          onClick={() => set(1)}
          className={cx(
            "inline-flex min-h-11 items-center justify-center gap-1 rounded-xl border font-bold transition-colors",
            size === "large" ? "px-6 text-lg" : "px-4",
            offer.available ? "border-brand bg-brand-soft text-brand-deep hover:bg-brand hover:text-on-brand" : "border-line bg-sunken text-muted",
          )}
        >
          {offer.available ? <><Icon name="plus" className="size-4" />{t("cart.add")}</> : t("cart.soldOut")}
        </button>
      )}
      <Limit offer={offer} quantity={quantity} most={most} />
      {refusal && <p role="alert" className="text-sm font-medium text-danger">{refusal}</p>}
    </div>
  );
}

function Limit({ offer, quantity, most }: { offer: Props["offer"]; quantity: number; most: number | null }) {
  const t = useT();
  if (most === null || quantity === 0 || quantity < most) return null;
  const byStock = offer.available_quantity !== null && offer.available_quantity === most;
  return <p className="text-center text-xs font-medium text-warn">{t(byStock ? "cart.onlyLeft" : "cart.mostPerOrder", { count: most })}</p>;
}
