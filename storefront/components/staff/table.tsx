"use client";

import type { ReactNode } from "react";
import { Button } from "@/components/ui/button";
import { cx } from "@/components/ui/cx";
import { Notice, Skeleton } from "@/components/ui/states";
import type { usePages } from "@/components/staff/use-pages";

export type Column<Item> = { name: string; cell: (item: Item) => ReactNode; right?: boolean; /** Left out on phones. */ wide?: boolean };
type Pages<Item> = Omit<ReturnType<typeof usePages<Item>>, "error"> & { error?: unknown };

/** A list as a table, with its empty and waiting states and the way to more of it. */
export function Table<Item>({ label, columns, pages, keyOf, empty }: { label: string; columns: Column<Item>[]; pages: Pages<Item>; keyOf: (item: Item) => string; empty: string }) {
  const { items, loaded, hasMore, busy, more } = pages;
  if (!loaded) return <Skeleton className="h-80" />;
  if (items.length === 0) return <Notice title={empty} />;
  return (
    <div className="grid gap-3">
      <div role="region" aria-label={label} tabIndex={0} className="overflow-x-auto rounded-2xl border border-line bg-surface">
        <table className="w-full text-left">
          <thead>
            <tr className="border-b border-line text-sm text-muted">
              {columns.map(({ name, right, wide }) => <th key={name} scope="col" className={cx("px-3 py-2.5 whitespace-nowrap", right && "text-right", wide && "hidden md:table-cell")}>{name}</th>)}
            </tr>
          </thead>
          <tbody>
            {items.map((item) => (
              <tr key={keyOf(item)} className="border-b border-line align-top last:border-0 hover:bg-ground">
                {columns.map(({ name, cell, right, wide }) => <td key={name} className={cx("px-3 py-2.5", right && "text-right tabular-nums", wide && "hidden md:table-cell")}>{cell(item)}</td>)}
              </tr>
            ))}
          </tbody>
        </table>
      </div>
      {hasMore && <Button look="secondary" busy={busy} onClick={more} className="justify-self-center">Show more</Button>}
    </div>
  );
}
