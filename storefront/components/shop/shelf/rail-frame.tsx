import Link from "next/link";
import type { ReactNode } from "react";
import { Skeleton } from "@/components/ui/states";

/** A heading over a row of products, and the way to all of them. */
export function RailFrame({ title, all, children }: { title: string; all?: { href: string; label: string; name: string }; children: ReactNode }) {
  return (
    <section className="grid grid-cols-[minmax(0,1fr)] gap-3">
      <div className="flex items-center justify-between gap-3">
        <h2 className="text-xl font-bold">{title}</h2>
        {all && <Link href={all.href} prefetch={false} aria-label={all.name} className="tap inline-flex items-center justify-end font-semibold whitespace-nowrap text-brand-deep hover:underline">{all.label}</Link>}
      </div>
      {children}
    </section>
  );
}

/** As high as a row of cards. */
export function RailSkeleton() {
  return (
    <div aria-hidden="true" className="flex gap-3 overflow-hidden">
      {[1, 2, 3, 4, 5, 6].map((place) => <Skeleton key={place} className="h-[21.5rem] w-40 shrink-0 rounded-2xl md:h-[23.5rem] md:w-48" />)}
    </div>
  );
}
