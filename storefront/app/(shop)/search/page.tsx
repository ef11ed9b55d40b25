import type { Metadata } from "next";
import { CategoryTiles } from "@/components/shop/category-tiles";
import { ShelfPage } from "@/components/shop/shelf-page";
import { Icon } from "@/components/ui/icon";
import { Notice } from "@/components/ui/states";
import { getT } from "@/lib/i18n/server";
import { categories } from "@/lib/server/shelf";
import { filterCount, readWishes, type Wishes } from "@/lib/wishes";

type Props = { searchParams: Promise<Record<string, string | string[] | undefined>> };

export async function generateMetadata({ searchParams }: Props): Promise<Metadata> {
  const [t, search] = await Promise.all([getT(), searchParams]);
  const { q } = readWishes(search);
  return { title: q ? t("search.title", { words: q }) : t("nav.search"), robots: { index: false } };
}

export default async function SearchPage({ searchParams }: Props) {
  const [t, search] = await Promise.all([getT(), searchParams]);
  const wishes = readWishes(search);
  const { q } = wishes;
  const asked = Boolean(q) || filterCount(wishes) > 0;
  const title = q ? t("search.title", { words: q }) : asked ? onlyBrand(wishes) ?? t("home.deals") : t("search.begin");
  return (
    <div className="grid grid-cols-[minmax(0,1fr)] gap-4">
      <h1 className="text-2xl font-extrabold break-words">{title}</h1>
      {asked ? <ShelfPage path="/search" wishes={wishes} label={title} none={<NothingFound words={q ?? ""} />} /> : <CategoryTiles categories={await categories()} eager />}
    </div>
  );
}

/** The brand's name where a shelf is nothing but that brand's. */
function onlyBrand(wishes: Wishes): string | undefined {
  return wishes.brand?.length === 1 && filterCount(wishes) === 1 ? wishes.brand[0] : undefined;
}

async function NothingFound({ words }: { words: string }) {
  const t = await getT();
  return (
    <div className="grid gap-4">
      <Notice icon={<Icon name="search" className="size-8" />} title={t("search.none", { words })}>{t("search.noneText")}</Notice>
      <CategoryTiles categories={await categories()} />
    </div>
  );
}
