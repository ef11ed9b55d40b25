"use client";

import { Link } from "@/components/ui/link";
import { useCart } from "@/components/shop/cart/cart-store";
import { mostOf } from "@/components/shop/cart/most";
import { Thumb } from "@/components/shop/cart/thumb";
import { Stepper } from "@/components/shop/cart/stepper";
import { Button } from "@/components/ui/button";
import { cx } from "@/components/ui/cx";
import type { CartLine } from "@/lib/api/types";
import type { Key } from "@/lib/i18n/dictionaries";
import { useLocale, useT } from "@/lib/i18n/client";
import { money } from "@/lib/money";
import { useSentence } from "@/lib/problems/use-problem";

const PROBLEMS: Record<string, Key> = {
  out_of_stock: "cart.problem.out_of_stock",
  not_enough: "cart.problem.not_enough",
  too_many_of_item: "cart.problem.too_many_of_item",
  not_sold_here: "cart.problem.not_sold_here",
  no_longer_sold: "cart.problem.no_longer_sold",
};

/** One item of the cart: how many, what stands in its way, and the way on. */
export function CartRow({ line }: { line: CartLine }) {
  const locale = useLocale();
  const { setQuantity, problems } = useCart();
  const refusal = useSentence(problems.get(line.sku));
  const most = mostOf(line);
  return (
    <li className="grid gap-2 py-4">
      <div className="grid grid-cols-[3.5rem_1fr_auto] items-start gap-3">
        <Thumb image={line.image} size={56} />
        <div className="min-w-0">
          <Link href={`/product/${encodeURIComponent(line.sku)}`} className="font-semibold break-words hover:underline">{line.name}</Link>
          {line.brand && <p className="text-sm text-muted">{line.brand}</p>}
          {line.price && (
            <p className="text-sm">
              {money(line.price, locale)}
              {line.mrp && line.mrp.amount > line.price.amount && <s className="ml-1.5 text-muted">{money(line.mrp, locale)}</s>}
            </p>
          )}
        </div>
        <div className="grid justify-items-end gap-1">
          <Stepper look="plain" name={line.name} quantity={line.quantity} most={most} onChange={(quantity) => void setQuantity(line.sku, quantity)} />
          {line.line_total && <span className={cx("font-bold tabular-nums", line.problem && "text-muted line-through")}>{money(line.line_total, locale)}</span>}
        </div>
      </div>
      <Problem line={line} most={most} />
      {refusal && <p role="alert" className="text-sm font-medium text-danger">{refusal}</p>}
    </li>
  );
}

/** What keeps the store from bringing the line, and one tap that mends it. */
function Problem({ line, most }: { line: CartLine; most: number | null }) {
  const t = useT();
  const { setQuantity } = useCart();
  if (!line.problem) return null;
  const left = most ?? 0;
  const some = (line.problem === "not_enough" || line.problem === "too_many_of_item") && left > 0;
  const key = PROBLEMS[line.problem];
  return (
    <div role="status" className="flex flex-wrap items-center justify-between gap-2 rounded-xl bg-warn-soft px-3 py-1.5 text-sm font-medium text-warn">
      <span>{key ? t(key, { count: left }) : line.problem}</span>
      {some
        ? <Button look="secondary" onClick={() => void setQuantity(line.sku, left)}>{t("cart.takeLeft", { count: left })}</Button>
        : <Button look="secondary" aria-label={t("cart.remove", { name: line.name })} onClick={() => void setQuantity(line.sku, 0)}>{t("cart.removeShort")}</Button>}
    </div>
  );
}
