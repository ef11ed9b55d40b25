import type { Metadata } from "next";
import { Bike, PackageCheck, Store } from "lucide-react";
import { CategoryTiles } from "@/components/shop/category-tiles";
import { ChoosePlace } from "@/components/shop/location/place-button";
import { MineRows } from "@/components/shop/mine-rows";
import { Outside } from "@/components/shop/outside";
import { ShelfRow } from "@/components/shop/shelf-row";
import { StoreClosed } from "@/components/shop/store-closed";
import { Structured } from "@/components/shop/structured";
import { getT } from "@/lib/i18n/server";
import { described } from "@/lib/server/metadata";
import { getPlace, getServiceability } from "@/lib/server/place";
import { settings } from "@/lib/server/settings";
import { categories, popular, shelf } from "@/lib/server/shelf";

export async function generateMetadata(): Promise<Metadata> {
  const t = await getT();
  return described("/", { absolute: `ShopSmart · ${t("tagline")}` }, t("hero.text"));
}

export default async function Home() {
  const [t, place, answer, tree] = await Promise.all([getT(), getPlace(), getServiceability(), categories()]);
  const outside = place !== null && answer?.reason === "outside_all_zones";
  const [deals, liked] = place && !outside
    ? await Promise.all([shelf(place, { discount: 10, sort: "discount", in_stock: true, limit: 12 }), popular(place)])
    : [null, []];
  return (
    <div className="grid gap-8">
      <Structured data={{ "@context": "https://schema.org", "@type": "WebSite", name: "ShopSmart", url: settings.publicUrl, potentialAction: { "@type": "SearchAction", target: `${settings.publicUrl}/search?q={search_term_string}`, "query-input": "required name=search_term_string" } }} />
      {place ? <h1 className="sr-only">{t("tagline")}</h1> : <Hero />}
      {place && outside && <Outside place={place} answer={answer} />}
      {answer && !outside && <StoreClosed store={deals?.store ?? null} />}
      <section aria-labelledby="categories" className="grid gap-3">
        <h2 id="categories" className="text-xl font-extrabold">{t("home.categories")}</h2>
        <CategoryTiles categories={tree} eager />
      </section>
      {place && !outside && <MineRows place={place} />}
      {deals && <ShelfRow title={t("home.deals")} items={deals.items} href="/search?discount=10&sort=discount" all={{ word: t("home.seeAll"), name: t("home.allIn", { name: t("home.deals") }) }} />}
      {liked.map(({ name, items }) => <ShelfRow key={name} title={t("home.popular")} items={items} />)}
    </div>
  );
}

async function Hero() {
  const t = await getT();
  return (
    <section className="grid items-center gap-6 rounded-3xl bg-brand-soft p-6 md:grid-cols-[1.4fr_1fr] md:p-12">
      <div className="grid justify-items-start gap-4">
        <h1 className="text-3xl leading-tight font-extrabold md:text-5xl">{t("hero.title")}</h1>
        <p className="max-w-prose text-lg">{t("hero.text")}</p>
        <ChoosePlace>{t("hero.action")}</ChoosePlace>
      </div>
      <div aria-hidden="true" className="hidden grid-cols-3 gap-4 text-brand-deep md:grid">
        {[Store, PackageCheck, Bike].map((Icon, index) => (
          <span key={index} className="grid aspect-square place-items-center rounded-3xl bg-surface"><Icon className="size-1/2" strokeWidth={1.5} /></span>
        ))}
      </div>
    </section>
  );
}
