"use client";

import { useEffect, useState } from "react";
import { readSections } from "@/components/shop/fresh-offers";
import { ProductCard } from "@/components/shop/product-card";
import { Skeleton } from "@/components/ui/states";
import { useT } from "@/lib/i18n/client";
import type { Section } from "@/lib/api/types";
import type { Where } from "@/lib/wishes";

const ROOM = "h-[23.25rem] sm:h-[25.25rem]";

/** What somebody who is signed in bought before or may like. It has its room from the start, so that nothing jumps. */
export function MineRow({ where }: { where: Where }) {
  const t = useT();
  const [data, setData] = useState<Section[] | null>(null);
  useEffect(() => {
    let left = false;
    // Refused or unreachable is as good as nothing here: the rest of the page does not depend on it.
    const read = readSections({ kind: "recommendations", where, limit: 12 }).catch(() => []);
    void read.then((sections) => { if (!left) setData(sections); });
    return () => { left = true; };
  }, [where]);
  const mine = data?.find(({ name }) => name === "buy_again") ?? data?.find(({ name }) => name === "for_you");
  const title = t(mine?.name === "buy_again" ? "home.buyAgain" : mine ? "home.forYou" : "home.yours");
  return (
    <section aria-labelledby="mine" className="grid grid-cols-[minmax(0,1fr)] gap-3">
      <h2 id="mine" className="flex min-h-11 items-center text-xl font-extrabold">{title}</h2>
      {mine ? (
        <ul aria-label={title} className={`-mx-4 flex snap-x scroll-px-4 gap-3 overflow-x-auto px-4 pb-2 ${ROOM}`}>
          {mine.items.map((offer) => <li key={offer.sku} className="w-40 shrink-0 snap-start sm:w-48"><ProductCard offer={offer} served /></li>)}
        </ul>
      ) : data ? (
        <p className={`grid place-items-center rounded-2xl border border-dashed border-line p-6 text-center text-muted ${ROOM}`}>{t("home.yoursNone")}</p>
      ) : (
        <Skeleton className={`rounded-2xl ${ROOM}`} />
      )}
    </section>
  );
}
