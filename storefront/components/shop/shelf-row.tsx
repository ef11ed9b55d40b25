import Link from "next/link";
import { ProductCard } from "@/components/shop/product-card";
import type { Offer } from "@/lib/api/types";

/** A row of products to wipe through, with the way to all of them. */
export function ShelfRow({ title, items, href, all, eager }: { title: string; items: Offer[]; href?: string; all?: { word: string; name: string }; eager?: boolean }) {
  if (items.length === 0) return null;
  const id = `row-${title.replace(/\W+/gu, "-")}`;
  return (
    <section aria-labelledby={id} className="grid gap-3">
      <div className="flex items-center justify-between gap-4">
        <h2 id={id} className="text-xl font-extrabold">{title}</h2>
        {href && all && <Link href={href} prefetch={false} aria-label={all.name} className="tap inline-flex items-center font-semibold text-brand-deep hover:underline">{all.word}</Link>}
      </div>
      <ul className="-mx-4 flex snap-x gap-3 overflow-x-auto px-4 pb-2">
        {items.map((offer, index) => (
          <li key={offer.sku} className="w-40 shrink-0 snap-start sm:w-48"><ProductCard offer={offer} eager={eager && index < 3} /></li>
        ))}
      </ul>
    </section>
  );
}
