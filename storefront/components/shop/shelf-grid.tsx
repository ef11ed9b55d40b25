"use client";

import { Link } from "@/components/ui/link";
import { useState } from "react";
import { useFreshOffers } from "@/components/shop/fresh-offers";
import { ProductCard } from "@/components/shop/product-card";
import { Spinner } from "@/components/ui/button";
import { api, call } from "@/lib/api/client";
import type { Offer } from "@/lib/api/types";
import { useT } from "@/lib/i18n/client";
import { useAction } from "@/lib/problems/use-problem";
import { PAGE, type Where, type Wishes } from "@/lib/wishes";

type Page = { items: Offer[]; next: string | null; wishes: Wishes };

// What was loaded of a shelf in this tab, so that coming back from a product finds it as it was left.
const grown = new Map<string, Page[]>();

type Props = {
  first: Page;
  where: Where;
  served: boolean;
  /** The address of the next page, for readers without script. */
  nextHref: string;
  label: string;
};

/** A shelf as a grid that goes on at a press; prices and stock stay true while one looks. */
export function ShelfGrid({ first, where, served, nextHref, label }: Props) {
  const t = useT();
  const key = JSON.stringify([where, first.wishes]);
  const [more, setMore] = useState<Page[]>(() => grown.get(key) ?? []);
  const { busy, run } = useAction();
  const pages = [first, ...more];
  const next = pages.at(-1)?.next ?? null;
  const shown = pages.reduce((sum, { items }) => sum + items.length, 0);

  async function goOn(cursor: string): Promise<void> {
    const wishes = { ...first.wishes, cursor };
    const page = await run(() => call(api.GET("/api/v1/products", { params: { query: { ...where, ...wishes, limit: PAGE } } })));
    if (!page) return;
    const now = [...more, { items: page.items, next: page.next, wishes }];
    grown.set(key, now);
    setMore(now);
  }

  return (
    <div className="grid gap-6">
      <ul aria-label={label} className="grid grid-cols-2 gap-3 sm:grid-cols-3 xl:grid-cols-4">
        {pages.map((page, index) => <Rows key={page.wishes.cursor ?? ""} page={page} where={where} served={served} eager={index === 0} />)}
      </ul>
      <p role="status" className="sr-only">{more.length > 0 ? t("list.shown", { count: shown }) : ""}</p>
      {next && (
        <Link
          href={nextHref}
         
          data-stays
          aria-busy={busy || undefined}
          onClick={(event) => {
            if (event.metaKey || event.ctrlKey || event.shiftKey) return;
            event.preventDefault();
            if (!busy) void goOn(next);
          }}
          className="mx-auto inline-flex min-h-13 items-center justify-center gap-2 rounded-xl border border-edge bg-surface px-8 text-lg font-semibold hover:bg-sunken"
        >
          {busy && <Spinner />}
          {t("list.more")}
        </Link>
      )}
    </div>
  );
}

function Rows({ page, where, served, eager }: { page: Page; where: Where; served: boolean; eager: boolean }) {
  const offers = useFreshOffers(page.items, { kind: "shelf", where, wishes: page.wishes, limit: PAGE });
  return offers.map((offer, index) => <li key={offer.sku}><ProductCard offer={offer} served={served} eager={eager && index < 4} /></li>);
}
