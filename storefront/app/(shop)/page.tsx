import type { Metadata } from "next";
import { cookies } from "next/headers";
import { CategoryTiles } from "@/components/shop/category-tiles";
import { ChoosePlace } from "@/components/shop/location/place-button";
import { MineRow } from "@/components/shop/mine-rows";
import { Outside } from "@/components/shop/outside";
import { ShelfRow } from "@/components/shop/shelf-row";
import { StoreClosed } from "@/components/shop/store-closed";
import { Structured } from "@/components/shop/structured";
import { Icon } from "@/components/ui/icon";
import { getT } from "@/lib/i18n/server";
import { described } from "@/lib/server/metadata";
import { settings } from "@/lib/server/settings";
import { minutes } from "@/lib/time";
import { categories, popular, shelf } from "@/lib/server/shelf";
import { getSpot } from "@/lib/server/spot";

export async function generateMetadata(): Promise<Metadata> {
  const t = await getT();
  return described("/", { absolute: `ShopSmart · ${t("tagline")}` }, t("hero.text"));
}

const WEBSITE = {
  "@context": "https://schema.org",
  "@type": "WebSite",
  name: "ShopSmart",
  url: settings.publicUrl,
  potentialAction: { "@type": "SearchAction", target: `${settings.publicUrl}/search?q={search_term_string}`, "query-input": "required name=search_term_string" },
};
const DEALS = { discount: 10, sort: "discount", in_stock: true } as const;
const ROW = 12;

export default async function Home() {
  const [t, spot, tree, jar] = await Promise.all([getT(), getSpot(), categories(), cookies()]);
  const { place, answer, where, served } = spot;
  const [deals, liked] = where ? await Promise.all([shelf(where, { ...DEALS, limit: ROW }), popular(where)]) : [null, []];
  return (
    <div className="grid grid-cols-[minmax(0,1fr)] gap-6 md:gap-8">
      <Structured data={WEBSITE} />
      {place && (answer?.store ? <AtYourDoor eta={answer.store.eta_s} store={answer.store.name} /> : <h1 className="sr-only">{t("tagline")}</h1>)}
      {place && !served && <Outside place={place} answer={answer} />}
      {!place && <Hero />}
      {served && <StoreClosed store={deals?.store ?? null} />}
      <section aria-labelledby="categories" className="grid gap-3">
        <h2 id="categories" className="text-xl font-extrabold">{t("home.categories")}</h2>
        <CategoryTiles categories={tree} eager />
      </section>
      {where && served && jar.has("csrf_refresh_token") && <MineRow where={where} />}
      {where && deals && (
        <ShelfRow id="deals" title={t("home.deals")} items={deals.items} served={served} source={{ kind: "shelf", where, wishes: DEALS, limit: ROW }} href="/search?discount=10&sort=discount" all={{ word: t("home.seeAll"), name: t("home.allIn", { name: t("home.deals") }) }} />
      )}
      {where && liked.map(({ name, items }) => <ShelfRow key={name} id={name} title={t("home.popular")} items={items} served={served} source={{ kind: "recommendations", where, limit: ROW }} />)}
    </div>
  );
}

/** The promise, first of all. */
async function AtYourDoor({ eta, store }: { eta: number; store: string }) {
  const t = await getT();
  return (
    <section className="flex items-center gap-4 rounded-2xl bg-sun px-4 py-3 text-on-sun md:px-6 md:py-5">
      <Icon name="bike" className="size-9 md:size-12" />
      <div>
        <h1 className="text-xl leading-tight font-extrabold md:text-3xl">{t("home.promise", { minutes: minutes(eta) })}</h1>
        <p className="text-sm md:text-base">{t("home.promiseText", { store })}</p>
      </div>
    </section>
  );
}

async function Hero() {
  const t = await getT();
  return (
    <section className="grid items-center gap-6 rounded-3xl bg-brand-soft p-6 md:grid-cols-[1.4fr_1fr] md:p-12">
      <div className="grid justify-items-start gap-4">
        <h1 className="text-3xl leading-tight font-extrabold md:text-5xl">{t("hero.title")}</h1>
        <p className="max-w-prose text-lg">{t("hero.text")}</p>
        <ChoosePlace size="large">{t("hero.action")}</ChoosePlace>
      </div>
      <div aria-hidden="true" className="hidden grid-cols-3 gap-4 text-brand-deep md:grid">
        {(["store", "bag", "bike"] as const).map((name) => (
          <span key={name} className="grid aspect-square place-items-center rounded-3xl bg-surface"><Icon name={name} className="size-1/2" /></span>
        ))}
      </div>
    </section>
  );
}
