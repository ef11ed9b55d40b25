import type { Metadata } from "next";
import { Link } from "@/components/ui/link";
import { notFound } from "next/navigation";
import { cache, Suspense } from "react";
import { Banner, Skeleton } from "@/components/ui/states";
import { Breadcrumb } from "@/components/shop/breadcrumb";
import { DietMark } from "@/components/shop/diet-mark";
import { dietName } from "@/components/shop/filters";
import { LiveProduct } from "@/components/shop/live-product";
import { ChoosePlace } from "@/components/shop/location/place-button";
import { Picture } from "@/components/shop/picture";
import { ShelfRow } from "@/components/shop/shelf-row";
import { StoreClosed } from "@/components/shop/store-closed";
import { Structured } from "@/components/shop/structured";
import type { Product } from "@/lib/api/types";
import { getT, type Translate } from "@/lib/i18n/server";
import { described } from "@/lib/server/metadata";
import { getSpot } from "@/lib/server/spot";
import type { Where } from "@/lib/wishes";
import { settings } from "@/lib/server/settings";
import { categories, findCategory, product as read, related } from "@/lib/server/shelf";

type Props = { params: Promise<{ sku: string }> };

const STORAGE = ["ambient", "cool", "chilled", "frozen"] as const;
const ALLERGENS = ["crustacean", "egg", "fish", "gluten", "milk", "mustard", "peanut", "sesame", "soy", "tree_nuts"] as const;

const getProduct = cache(async (sku: string) => read(sku, (await getSpot()).where));

export async function generateMetadata({ params }: Props): Promise<Metadata> {
  const { sku } = await params;
  const [t, product] = [await getT(), await getProduct(decodeURIComponent(sku))];
  if (!product) return { title: t("missing.title") };
  return described(`/product/${encodeURIComponent(product.sku)}`, product.name, product.description || product.name);
}

export default async function ProductPage({ params }: Props) {
  const sku = decodeURIComponent((await params).sku);
  const [t, { where, served, showcase }, product, tree] = await Promise.all([getT(), getSpot(), getProduct(sku), categories()]);
  if (!product) notFound();
  const own = findCategory(tree, product.category_path.at(-1) ?? "");
  const way = own ? [...own.above, own.category] : [];
  return (
    <div className="grid grid-cols-[minmax(0,1fr)] gap-6">
      <Structured data={structured(product)} />
      <Breadcrumb steps={[{ name: t("nav.home"), href: "/" }, ...way.map(({ slug, name }) => ({ name, href: `/category/${slug}` }))]} />
      {served && <StoreClosed store={product.store ?? null} />}
      {!served && showcase && <Banner action={<ChoosePlace look="secondary">{t("place.choose")}</ChoosePlace>}>{t("category.showcase", { store: showcase })}</Banner>}
      <div className="grid gap-4 md:grid-cols-[minmax(0,1fr)_minmax(0,1fr)] md:gap-8 lg:grid-cols-[minmax(0,28rem)_minmax(0,1fr)] lg:gap-12">
        <Gallery product={product} />
        <div className="grid content-start gap-3">
          {product.brand && <Link href={`/search?brand=${encodeURIComponent(product.brand)}`} className="tap -my-2 inline-flex items-center justify-self-start font-semibold text-brand-deep hover:underline">{product.brand}</Link>}
          <h1 className="text-2xl leading-tight font-extrabold break-words md:text-3xl">{product.name}</h1>
          {product.dietary.length > 0 && (
            <ul aria-label={t("product.dietary")} className="flex flex-wrap gap-2">
              {product.dietary.map((diet) => (
                <li key={diet} className="inline-flex items-center gap-1.5 rounded-full border border-line bg-surface px-3 py-1 text-sm">
                  {(diet === "veg" || diet === "non_veg" || diet === "egg") && <span aria-hidden="true"><DietMark dietary={[diet]} /></span>}
                  {dietName(diet, t)}
                </li>
              ))}
            </ul>
          )}
          <LiveProduct first={product} where={where} served={served} />
          <Facts product={product} t={t} />
        </div>
      </div>
      {where && <Suspense fallback={<Skeleton className="h-[26rem] rounded-2xl" />}><Related sku={sku} where={where} served={served} /></Suspense>}
    </div>
  );
}

async function Related({ sku, where, served }: { sku: string; where: Where; served: boolean }) {
  const [t, sections] = await Promise.all([getT(), related(sku, where)]);
  return sections.map(({ name, items }) => (
    <ShelfRow key={name} id={name} title={t(name === "similar" ? "section.similar" : "section.goesWell")} items={items} served={served} source={{ kind: "related", sku, where, limit: 12 }} />
  ));
}

function Gallery({ product }: { product: Product }) {
  const sets = product.images.length ? product.images.map((image, index) => ({ image, image_set: product.image_sets[index] ?? null })) : [{ image: product.image, image_set: product.image_set }];
  return (
    <div className="grid content-start gap-3">
      <Picture of={sets[0] ?? product} sizes="(min-width: 48rem) 28rem, 16rem" eager className="mx-auto w-full max-w-48 border border-line md:max-w-none" />
      {sets.length > 1 && (
        <ul className="grid grid-cols-4 gap-3">
          {sets.slice(1).map((set) => <li key={set.image}><Picture of={set} sizes="9rem" className="border border-line" /></li>)}
        </ul>
      )}
    </div>
  );
}

function Facts({ product, t }: { product: Product; t: Translate }) {
  const storage = STORAGE.find((known) => known === product.storage);
  const life = product.min_life_at_door_days;
  const rows: [string, string][] = [];
  if (life) rows.push([t("product.freshness"), t("product.fresh", { count: life })]);
  else if (product.shelf_life_days) rows.push([t("product.freshness"), t("product.shelfLife", { count: product.shelf_life_days })]);
  if (storage) rows.push([t("product.storage"), t(`product.storage.${storage}`)]);
  if (product.brand) rows.push([t("product.brand"), product.brand]);
  if (product.dietary.length > 0 || product.allergens.length > 0) rows.push([t("product.allergens"), product.allergens.map((name) => allergenName(name, t)).join(", ") || t("product.noAllergens")]);
  return (
    <section aria-labelledby="about" className="grid gap-2 border-t border-line pt-4">
      <h2 id="about" className="text-lg font-bold">{t("product.about")}</h2>
      {product.description && <p>{product.description}</p>}
      <dl className="grid grid-cols-[auto_1fr] gap-x-6 gap-y-1.5">
        {rows.map(([name, value]) => (
          <div key={name} className="contents"><dt className="text-muted">{name}</dt><dd className="font-medium">{value}</dd></div>
        ))}
      </dl>
    </section>
  );
}

function allergenName(name: string, t: Translate): string {
  const known = ALLERGENS.find((allergen) => allergen === name);
  return known ? t(`allergen.${known}`) : name.replaceAll("_", " ");
}

/** schema.org Product with its Offer, for those who index the shop. */
function structured(product: Product): object {
  const { sku, name, brand, description, image, price, mrp, available } = product;
  const { amount, currency } = price ?? mrp;
  return {
    "@context": "https://schema.org",
    "@type": "Product",
    sku,
    name,
    description,
    ...(image ? { image: new URL(image, settings.publicUrl).href } : {}),
    ...(brand ? { brand: { "@type": "Brand", name: brand } } : {}),
    offers: {
      "@type": "Offer",
      url: `${settings.publicUrl}/product/${encodeURIComponent(sku)}`,
      price: (amount / 100).toFixed(2),
      priceCurrency: currency,
      availability: `https://schema.org/${available ? "InStock" : "OutOfStock"}`,
    },
  };
}
