import type { Metadata } from "next";
import Link from "next/link";
import { CategoryTiles } from "@/components/shop/category-tiles";
import { Outside } from "@/components/shop/outside";
import { ShelfPage } from "@/components/shop/shelf-page";
import { Notice } from "@/components/ui/states";
import { getT } from "@/lib/i18n/server";
import { getPlace, getServiceability } from "@/lib/server/place";
import { categories, shelfWithFacets } from "@/lib/server/shelf";
import { filterCount, readWishes } from "@/lib/wishes";

type Props = { searchParams: Promise<Record<string, string | string[] | undefined>> };

export async function generateMetadata({ searchParams }: Props): Promise<Metadata> {
  const [t, search] = await Promise.all([getT(), searchParams]);
  const { q } = readWishes(search);
  return { title: q ? t("search.title", { words: q }) : t("nav.search"), robots: { index: false } };
}

export default async function SearchPage({ searchParams }: Props) {
  const [t, search, place] = await Promise.all([getT(), searchParams, getPlace()]);
  const wishes = readWishes(search);
  const asked = Boolean(wishes.q) || filterCount(wishes) > 0;
  const page = place && asked ? await shelfWithFacets(place, wishes) : null;
  const title = wishes.q ? t("search.title", { words: wishes.q }) : asked ? t("home.deals") : t("search.begin");
  const meant = page?.did_you_mean;
  return (
    <div className="grid gap-5">
      <h1 className="text-2xl font-extrabold">{title}</h1>
      {meant && <p><Link href={`/search?q=${encodeURIComponent(meant)}`} className="font-semibold text-brand-deep underline">{t("search.meant", { words: meant })}</Link></p>}
      {asked ? (
        <ShelfPage
          path="/search"
          wishes={wishes}
          place={place}
          page={page}
          hidden={wishes.q ? { q: wishes.q } : undefined}
          none={place && !page ? <Outside place={place} answer={await getServiceability()} /> : <Notice title={t("search.none", { words: wishes.q ?? "" })}>{t("search.noneText")}</Notice>}
        />
      ) : <CategoryTiles categories={await categories()} eager />}
    </div>
  );
}
