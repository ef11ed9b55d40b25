import type { ReactNode } from "react";
import { ChoosePlace } from "@/components/shop/location/place-button";
import { Filters, SortChoice, withoutFilters } from "@/components/shop/filters";
import { Outside } from "@/components/shop/outside";
import { ShelfGrid } from "@/components/shop/shelf-grid";
import { StoreClosed } from "@/components/shop/store-closed";
import { ButtonLink } from "@/components/ui/button";
import { Icon } from "@/components/ui/icon";
import { Banner, Notice } from "@/components/ui/states";
import { getT } from "@/lib/i18n/server";
import { shelfWithFacets } from "@/lib/server/shelf";
import { getSpot } from "@/lib/server/spot";
import { addressOf, filterCount, usualSort, type Wishes } from "@/lib/wishes";

type Props = {
  path: string;
  wishes: Wishes;
  label: string;
  /** Instead of products, where there would be none without any filter. */
  none: ReactNode;
};

/** Filters beside a shelf; on phones they fold away above it. */
export async function ShelfPage({ path, wishes, label, none }: Props) {
  const t = await getT();
  const { where, served, showcase, place, answer } = await getSpot();
  const asked = { ...wishes, sort: wishes.sort ?? usualSort(wishes) };
  const page = where && (await shelfWithFacets(where, asked));
  if (!where || !page) {
    if (place) return <Outside place={place} answer={answer} />;
    return <Notice title={t("place.choose")} action={<ChoosePlace>{t("hero.action")}</ChoosePlace>}>{t("category.needPlace")}</Notice>;
  }
  const { items, next, did_you_mean: meant, facets, store } = page;
  const filtered = filterCount(wishes) > 0;
  if (items.length === 0 && !filtered) return none;
  return (
    <div className="grid grid-cols-[minmax(0,1fr)_auto] items-start gap-x-3 gap-y-4 lg:grid-cols-[15rem_minmax(0,1fr)] lg:gap-x-6">
      <Filters path={path} wishes={wishes} facets={facets ?? {}} currency={items[0]?.mrp.currency ?? "INR"} />
      <SortChoice wishes={wishes} />
      <div className="col-span-2 grid grid-cols-[minmax(0,1fr)] content-start gap-4 lg:col-span-1">
        {served && <StoreClosed store={store} />}
        {!served && showcase && <Banner action={<ChoosePlace look="secondary" size="normal">{t("place.choose")}</ChoosePlace>}>{t("category.showcase", { store: showcase })}</Banner>}
        {meant && <p className="text-lg font-semibold">{t("search.meant", { words: meant })}</p>}
        <h2 className="sr-only">{label}</h2>
        {items.length > 0
          ? <ShelfGrid key={JSON.stringify([where, wishes])} first={{ items, next, wishes: asked }} where={where} served={served} nextHref={addressOf(path, wishes, next)} label={label} />
          : <Notice icon={<Icon name="search" className="size-8" />} title={t("category.empty")} action={<ButtonLink href={withoutFilters(path, wishes)}>{t("list.clear")}</ButtonLink>}>{t("category.emptyText")}</Notice>}
      </div>
    </div>
  );
}
