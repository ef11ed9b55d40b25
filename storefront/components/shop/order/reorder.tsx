"use client";

import { RotateCcw } from "lucide-react";
import { useState } from "react";
import { putAll } from "@/components/shop/cart/cart-store";
import { Button, ButtonLink } from "@/components/ui/button";
import { Banner } from "@/components/ui/states";
import type { Order } from "@/lib/api/types";
import { useT } from "@/lib/i18n/client";
import { useAction } from "@/lib/problems/use-problem";

/** Puts what the store still has of an earlier order into the cart, and says what it has not. */
export function Reorder({ order, look = "secondary" }: { order: Order; look?: "primary" | "secondary" }) {
  const t = useT();
  const { busy, run } = useAction();
  const [done, setDone] = useState<{ missing: string[]; put: number } | null>(null);
  const again = () => run(async () => {
    const missing = await putAll(order.lines.map(({ sku, ordered }) => ({ sku, quantity: ordered })));
    const names = new Set(order.lines.filter((line) => missing.has(line.sku)).map((line) => line.name));
    setDone({ missing: [...names], put: order.lines.length - missing.size });
  });
  if (done) {
    return (
      <Banner tone={done.missing.length > 0 ? "warn" : "good"} action={done.put > 0 && <ButtonLink href="/cart">{t("cart.view")}</ButtonLink>}>
        {done.put > 0 && <p>{t("reorder.done", { count: done.put })}</p>}
        {done.missing.length > 0 && <p>{t("reorder.missing", { names: done.missing.join(", ") })}</p>}
      </Banner>
    );
  }
  return <Button look={look} busy={busy} icon={<RotateCcw aria-hidden="true" className="size-4" />} onClick={() => void again()}>{t("reorder.again")}</Button>;
}
