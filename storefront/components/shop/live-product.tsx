"use client";

import { useEffect, useState, type ReactNode } from "react";
import { AddToCart } from "@/components/shop/cart/add-to-cart";
import { Price } from "@/components/shop/price";
import { Badge } from "@/components/ui/states";
import { api, call } from "@/lib/api/client";
import type { Product } from "@/lib/api/types";
import { useLocale, useT } from "@/lib/i18n/client";
import { money } from "@/lib/money";
import type { Place } from "@/lib/place";

const LOOK_AGAIN_MS = 4_000;
const SCARCE = 5;

/** Price, what is left and the way into the cart; looks again every few seconds while somebody looks at it. */
export function LiveProduct({ first, place, choose }: { first: Product; place: Place | null; choose: ReactNode }) {
  const t = useT();
  const locale = useLocale();
  const [product, setProduct] = useState(first);
  const [begun, setBegun] = useState(first);
  if (begun !== first) {
    setBegun(first);
    setProduct(first);
  }

  useEffect(() => {
    if (!place) return;
    const look = async () => {
      if (document.visibilityState !== "visible") return;
      const path = { sku: first.sku };
      const now = await call(api.GET("/api/v1/products/{sku}", { params: { path, query: { lat: place.lat, lng: place.lng } } })).catch(() => null);
      if (now) setProduct(now);
    };
    const timer = setInterval(look, LOOK_AGAIN_MS);
    document.addEventListener("visibilitychange", look);
    return () => {
      clearInterval(timer);
      document.removeEventListener("visibilitychange", look);
    };
  }, [first.sku, place]);

  const { available, available_quantity: left, discount_percent, unit_price, price } = product;
  return (
    <div className="grid gap-3">
      <div className="flex flex-wrap items-center gap-3">
        <Price offer={product} large />
        {discount_percent > 0 && <Badge tone="sun">{t("product.off", { percent: discount_percent })}</Badge>}
      </div>
      <p className="text-sm text-muted">
        {unit_price && `${t("product.per", { price: money(unit_price, locale), unit: unit_price.per })} · `}
        {t("product.inclTax")}
      </p>
      <p aria-live="polite" data-testid="availability" className="min-h-6 font-semibold">
        {place && !available && <span className="text-danger">{price ? t("product.soldOut") : t("product.notHere")}</span>}
        {available && left !== null && left <= SCARCE && <span className="text-warn">{t("product.left", { count: left })}</span>}
      </p>
      {place ? <div className="grid justify-items-start"><AddToCart offer={product} /></div> : choose}
      {place && !available && price && <p className="text-sm text-muted">{t("product.backAt")}</p>}
    </div>
  );
}
