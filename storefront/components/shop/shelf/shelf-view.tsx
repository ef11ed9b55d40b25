import { SearchX } from "lucide-react";
import Link from "next/link";
import type { ReactNode } from "react";
import { AskPlaceButton } from "@/components/shop/location/ask-place-button";
import { ShelfFilters, SortChoice } from "@/components/shop/shelf/filters";
import { ShelfGrid } from "@/components/shop/shelf/shelf-grid";
import { Banner, Notice } from "@/components/ui/states";
import type { ShelfPage } from "@/lib/api/types";
import { getT } from "@/lib/i18n/server";
import { getSpot } from "@/lib/server/shop";
import { addressOf, isFiltered, shelfQuery, type Filters } from "@/lib/shelf";

type Props = {
  path: string;
  filters: Filters;
  page: ShelfPage | null;
  category?: string;
  /** Above the filters at the side, such as the neighbouring categories. */
  side?: ReactNode;
  label: string;
  nothing: ReactNode;
};

/** Filters at the side, order on top, products: the shelf of category and search pages. */
export async function ShelfView({ path, filters, page, category, side, label, nothing }: Props) {
  const t = await getT();
  const { where, served, showcase } = await getSpot();
  if (!page || !where) {
    return <Notice title={t("shelf.sayWhere")} action={<AskPlaceButton>{t("location.title")}</AskPlaceButton>}>{t("shelf.sayWhereHint")}</Notice>;
  }
  const query = { ...where, ...shelfQuery(filters), category };
  const currency = page.items[0]?.mrp.currency ?? "INR";
  const empty = page.items.length === 0;
  const hasForm = !empty || isFiltered(filters);
  return (
    <div className="grid items-start gap-4 lg:grid-cols-[15rem_minmax(0,1fr)] lg:gap-6">
      <div className="grid gap-4">
        {side}
        {hasForm && <ShelfFilters path={path} filters={filters} facets={page.facets ?? {}} currency={currency} />}
      </div>
      <div className="grid grid-cols-[minmax(0,1fr)] gap-4">
        {!served && showcase && <Banner tone="info" action={<AskPlaceButton look="secondary">{t("location.title")}</AskPlaceButton>}>{t("shelf.showcase", { store: showcase })}</Banner>}
        {hasForm && <div className="flex justify-end"><SortChoice filters={filters} /></div>}
        {empty
          ? isFiltered(filters)
            ? <Notice icon={<SearchX aria-hidden="true" className="size-7" />} title={t("shelf.nothingFits")} action={<Link href={filters.q ? `${path}?q=${encodeURIComponent(filters.q)}` : path} className="tap inline-flex items-center font-semibold text-brand-deep underline">{t("filters.clear")}</Link>} />
            : nothing
          : <ShelfGrid key={JSON.stringify(query)} first={{ items: page.items, next: page.next, query }} served={served} nextHref={addressOf(path, filters, page.next)} label={label} />}
      </div>
    </div>
  );
}
