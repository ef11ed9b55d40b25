import { SlidersHorizontal } from "lucide-react";
import type { ReactNode } from "react";
import { ChoosePlace } from "@/components/shop/location/place-button";
import { Filters } from "@/components/shop/filters";
import { ShelfGrid } from "@/components/shop/shelf-grid";
import { StoreClosed } from "@/components/shop/store-closed";
import { Notice } from "@/components/ui/states";
import type { ShelfPage as Page } from "@/lib/api/types";
import { getT } from "@/lib/i18n/server";
import type { Place } from "@/lib/place";
import { filterCount, type Wishes } from "@/lib/wishes";

/** Filters beside a shelf; on phones they fold away above it. */
export async function ShelfPage({ path, wishes, place, page, hidden, none }: { path: string; wishes: Wishes; place: Place | null; page: Page | null; hidden?: Record<string, string>; none: ReactNode }) {
  const t = await getT();
  if (!place) return <Notice title={t("place.choose")} action={<ChoosePlace>{t("hero.action")}</ChoosePlace>}>{t("category.needPlace")}</Notice>;
  if (!page) return none;
  const set = filterCount(wishes);
  const form = (where: string) => <Filters key={where + JSON.stringify(wishes)} path={path} wishes={wishes} facets={page.facets ?? null} hidden={hidden} />;
  return (
    <div className="grid gap-5 lg:grid-cols-[15rem_1fr]">
      <details className="rounded-2xl border border-line bg-surface lg:hidden" open={false}>
        <summary className="flex min-h-12 items-center gap-2 px-4 font-semibold">
          <SlidersHorizontal aria-hidden="true" className="size-5" />
          {t("list.filters")}
          {set > 0 && <span className="rounded-full bg-brand px-2 text-sm text-on-brand">{set}</span>}
        </summary>
        <div className="p-4 pt-0">{form("phone")}</div>
      </details>
      <aside aria-label={t("list.filters")} className="hidden lg:block">{form("desk")}</aside>
      <div className="grid content-start gap-4">
        <StoreClosed store={page.store} />
        {page.items.length > 0 ? (
          <ShelfGrid first={page} place={place} wishes={wishes} />
        ) : none}
      </div>
    </div>
  );
}
