"use client";

import { useCart } from "@/components/shop/cart/cart-store";
import { ShortLine } from "@/components/shop/checkout/options";
import type { Change } from "@/components/shop/checkout/use-quote";
import { Button, ButtonLink } from "@/components/ui/button";
import { Banner } from "@/components/ui/states";
import { ApiProblem } from "@/lib/api/problem";
import type { Shortage } from "@/lib/api/types";
import { useLocale, useT } from "@/lib/i18n/client";
import { money } from "@/lib/money";
import { useSentence } from "@/lib/problems/use-problem";
import { minutes } from "@/lib/time";

// The cart itself must change before another try makes sense.
const OF_THE_CART = new Set(["too_many_of_item", "unknown_sku", "quantity_too_large", "too_many_lines", "empty_basket"]);

/** Why it cannot be ordered like this, and the way on. */
export function Refusal({ fault, onAgain, onMended }: { fault: unknown; onAgain: () => void; onMended?: () => void }) {
  const t = useT();
  const sentence = useSentence(fault);
  const code = fault instanceof ApiProblem ? fault.code : "";
  const shortages = fault instanceof ApiProblem && code === "out_of_stock" ? (fault.problem.shortages as Shortage[] | undefined) : undefined;
  if (shortages) return <Shortages shortages={shortages} onMended={onMended ?? onAgain} />;
  const way = OF_THE_CART.has(code)
    ? <ButtonLink href="/cart" look="secondary">{t("checkout.changeCart")}</ButtonLink>
    : <Button look="secondary" onClick={onAgain}>{t("tryAgain")}</Button>;
  return <Banner tone="bad" action={way}>{sentence ?? t("loading")}</Banner>;
}

/** What is left of the short items, to be taken with one tap. */
function Shortages({ shortages, onMended }: { shortages: Shortage[]; onMended: () => void }) {
  const t = useT();
  const { setQuantity } = useCart();
  const take = async () => {
    await Promise.all(shortages.map(({ sku, available }) => setQuantity(sku, available)));
    onMended();
  };
  return (
    <Banner tone="warn" action={<Button onClick={() => void take()}>{t("checkout.takeLeft")}</Button>}>
      <p>{t("checkout.shortTitle")}</p>
      {shortages.map((short) => <ShortLine key={short.sku} short={short} />)}
    </Banner>
  );
}

/** What a renewed quote says differently. */
export function Changes({ changes, onSeen }: { changes: Change; onSeen: () => void }) {
  const t = useT();
  const locale = useLocale();
  const { total, eta, short } = changes;
  return (
    <Banner tone="info" action={<Button look="secondary" onClick={onSeen}>{t("checkout.seen")}</Button>}>
      <p>{t("checkout.changed")}</p>
      <ul className="list-disc pl-5">
        {total && <li>{t("checkout.changedTotal", { before: money(total[0].totals.total, locale), after: money(total[1].totals.total, locale) })}</li>}
        {eta && <li>{t("checkout.changedEta", { before: minutes(eta[0].eta_s), after: minutes(eta[1].eta_s) })}</li>}
        {short?.short.map((one) => <li key={one.sku}><ShortLine short={one} /></li>)}
      </ul>
    </Banner>
  );
}
