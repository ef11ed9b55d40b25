"use client";

import { useEffect, useState } from "react";
import { AddToCart } from "@/components/shop/cart/add-to-cart";
import { ChoosePlace } from "@/components/shop/location/place-button";
import { Price, UnitPrice } from "@/components/shop/price";
import { Badge } from "@/components/ui/states";
import { api, call } from "@/lib/api/client";
import type { Product } from "@/lib/api/types";
import { useT } from "@/lib/i18n/client";
import type { Where } from "@/lib/wishes";

const LOOK_AGAIN_MS = 4_000;
const SCARCE = 5;

/** Price, what is left and the way into the cart; looks again every few seconds while somebody looks at it. */
export function LiveProduct({ first, where, served }: { first: Product; where: Where | null; served: boolean }) {
  const t = useT();
  const [product, setProduct] = useState(first);
  const [begun, setBegun] = useState(first);
  if (begun !== first) {
    setBegun(first);
    setProduct(first);
  }

  useEffect(() => {
    if (!where) return;
    const look = async () => {
      if (document.visibilityState !== "visible") return;
      const path = { sku: first.sku };
      const now = await call(api.GET("/api/v1/products/{sku}", { params: { path, query: where } })).catch(() => null);
      if (now) setProduct(now);
    };
    const timer = setInterval(look, LOOK_AGAIN_MS);
    document.addEventListener("visibilitychange", look);
    return () => {
      clearInterval(timer);
      document.removeEventListener("visibilitychange", look);
    };
  }, [first.sku, where]);

  const { available, available_quantity: left, discount_percent, unit_price, price } = product;
  const scarce = available && left !== null && left <= SCARCE;
  return (
    <div className="grid gap-3">
      <div className="flex flex-wrap items-center gap-3">
        <Price offer={product} large />
        {discount_percent > 0 && <Badge tone="sun">{t("product.off", { percent: discount_percent })}</Badge>}
      </div>
      <p className="text-sm text-muted">
        {unit_price && <><UnitPrice offer={product} /> · </>}
        {t("product.inclTax")}
      </p>
      <p aria-live="polite" data-testid="availability" className="min-h-5 text-sm font-semibold">
        {where && !available && <span className="text-danger">{price ? t("product.soldOut") : t("product.notHere")}</span>}
        {served && available && !scarce && <span className="text-brand-deep">{t("product.inStock")}</span>}
        {scarce && <span className="text-warn">{t("product.left", { count: left })}</span>}
      </p>
      {served ? <div className="grid max-w-72"><AddToCart offer={product} size="large" /></div> : <div><ChoosePlace size="large">{t("hero.action")}</ChoosePlace></div>}
      {where && !available && price && <p className="text-sm text-muted">{t("product.backAt")}</p>}
    </div>
  );
}
