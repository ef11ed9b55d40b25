import { Link } from "@/components/ui/link";
import type { ReactNode } from "react";
import { ShelfRowItems } from "@/components/shop/shelf-row-items";
import type { Source } from "@/components/shop/fresh-offers";
import type { Offer } from "@/lib/api/types";

type Props = { id: string; title: string; items: Offer[]; source: Source; served: boolean; href?: string; all?: { word: string; name: string } };

/** A row of products to wipe through, with the way to all of them. */
export function ShelfRow({ id, title, items, source, served, href, all }: Props) {
  if (items.length === 0) return null;
  return (
    <RowFrame id={id} title={title} more={href && all && <Link href={href} aria-label={all.name} className="tap inline-flex items-center justify-end font-semibold whitespace-nowrap text-brand-deep hover:underline">{all.word}</Link>}>
      <ShelfRowItems items={items} source={source} served={served} label={title} />
    </RowFrame>
  );
}

export function RowFrame({ id, title, more, children }: { id: string; title: string; more?: ReactNode; children: ReactNode }) {
  return (
    <section aria-labelledby={id} className="row-below grid grid-cols-[minmax(0,1fr)] gap-3">
      <div className="flex min-h-11 items-center justify-between gap-4">
        <h2 id={id} className="text-xl font-extrabold">{title}</h2>
        {more}
      </div>
      {children}
    </section>
  );
}
