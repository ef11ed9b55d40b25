"use client";

import Link from "next/link";
import { useState } from "react";
import { useFreshOffers } from "@/components/shop/shelf/fresh-offers";
import { ProductCard } from "@/components/shop/shelf/product-card";
import { Spinner } from "@/components/ui/button";
import { api, call } from "@/lib/api/client";
import type { Offer } from "@/lib/api/types";
import { useT } from "@/lib/i18n/client";
import { useAction } from "@/lib/problems/use-problem";
import type { ShelfQuery } from "@/lib/shelf";

type Page = { items: Offer[]; next: string | null; query: ShelfQuery };

// What was loaded of a shelf in this tab, so that coming back from a product finds it as it was.
const seen = new Map<string, Page[]>();

type Props = {
  first: Page;
  served: boolean;
  /** The address of the next page for readers without scripts, up to its cursor. */
  nextHref: string;
  label: string;
};

/** A shelf as a grid with more to load; the button is a link to the next page where scripts do not run. */
export function ShelfGrid({ first, served, nextHref, label }: Props) {
  const t = useT();
  const key = JSON.stringify(first.query);
  const [more, setMore] = useState<Page[]>(() => seen.get(key) ?? []);
  const { busy, run } = useAction();
  const pages = [first, ...more];
  const next = pages[pages.length - 1]?.next ?? null;

  async function load(cursor: string): Promise<void> {
    const query = { ...first.query, cursor };
    const page = await run(() => call(api.GET("/api/v1/products", { params: { query } })));
    if (!page) return;
    const grown = [...more, { items: page.items, next: page.next, query }];
    seen.set(key, grown);
    setMore(grown);
  }

  return (
    <div className="grid gap-6">
      <ul aria-label={label} className="grid grid-cols-2 gap-3 sm:grid-cols-3 xl:grid-cols-4">
        {pages.map((page, index) => <ShelfRows key={page.query.cursor ?? ""} page={page} served={served} eager={index === 0} />)}
      </ul>
      <p role="status" className="sr-only">{more.length > 0 ? t("shelf.shown", { count: pages.reduce((sum, page) => sum + page.items.length, 0) }) : ""}</p>
      {next && (
        <Link
          href={nextHref}
          prefetch={false}
          scroll={false}
          aria-busy={busy || undefined}
          onClick={(event) => {
            if (event.metaKey || event.ctrlKey || event.shiftKey) return;
            event.preventDefault();
            if (!busy) void load(next);
          }}
          className="tap mx-auto inline-flex items-center justify-center gap-2 rounded-xl border border-edge bg-surface px-8 font-semibold hover:bg-sunken"
        >
          {busy && <Spinner />}
          {t("shelf.more")}
        </Link>
      )}
    </div>
  );
}

function ShelfRows({ page, served, eager }: { page: Page; served: boolean; eager: boolean }) {
  const offers = useFreshOffers(page.items, { kind: "shelf", query: page.query });
  return offers.map((offer, index) => (
    <li key={offer.sku}><ProductCard offer={offer} served={served} eager={eager && index < 4} /></li>
  ));
}
