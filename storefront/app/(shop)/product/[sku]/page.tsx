import type { Metadata } from "next";
import { notFound } from "next/navigation";
import { cache } from "react";
import { Breadcrumb } from "@/components/shop/breadcrumb";
import { DietMark } from "@/components/shop/diet-mark";
import { LiveProduct } from "@/components/shop/live-product";
import { ChoosePlace } from "@/components/shop/location/place-button";
import { Picture } from "@/components/shop/picture";
import { ShelfRow } from "@/components/shop/shelf-row";
import { StoreClosed } from "@/components/shop/store-closed";
import { Structured } from "@/components/shop/structured";
import type { Product } from "@/lib/api/types";
import { getT, type Translate } from "@/lib/i18n/server";
import { described } from "@/lib/server/metadata";
import { getPlace } from "@/lib/server/place";
import { settings } from "@/lib/server/settings";
import { categories, findCategory, product as read, related } from "@/lib/server/shelf";

type Props = { params: Promise<{ sku: string }> };

const STORAGE = ["ambient", "cool", "chilled", "frozen"] as const;
const DIETS = ["veg", "nonveg", "vegan", "jain", "gluten_free", "egg", "organic", "sugar_free", "halal"] as const;

const getProduct = cache(async (sku: string) => read(sku, await getPlace()));

export async function generateMetadata({ params }: Props): Promise<Metadata> {
  const { sku } = await params;
  const [t, product] = [await getT(), await getProduct(decodeURIComponent(sku))];
  if (!product) return { title: t("missing.title") };
  return described(`/product/${encodeURIComponent(product.sku)}`, product.name, product.description || product.name);
}

export default async function ProductPage({ params }: Props) {
  const sku = decodeURIComponent((await params).sku);
  const [t, place, product, tree] = await Promise.all([getT(), getPlace(), getProduct(sku), categories()]);
  if (!product) notFound();
  const sections = await related(sku, place);
  const own = findCategory(tree, product.category_path.at(-1) ?? "");
  const way = own ? [...own.above, own.category] : [];
  return (
    <div className="grid gap-8">
      <Structured data={structured(product)} />
      <Breadcrumb steps={[{ name: t("nav.home"), href: "/" }, ...way.map(({ slug, name }) => ({ name, href: `/category/${slug}` }))]} />
      <StoreClosed store={product.store ?? null} />
      <div className="grid gap-6 md:grid-cols-2 lg:gap-12">
        <Gallery product={product} />
        <div className="grid content-start gap-4">
          {product.brand && <p className="font-semibold text-muted">{product.brand}</p>}
          <h1 className="flex items-start gap-3 text-2xl leading-tight font-extrabold md:text-3xl">{product.name}</h1>
          <p className="flex flex-wrap gap-2">
            {DIETS.filter((diet) => product.dietary.includes(diet)).map((diet) => (
              <span key={diet} className="inline-flex items-center gap-1.5 rounded-full border border-line bg-surface px-3 py-1 text-sm">
                {(diet === "veg" || diet === "nonveg") && <DietMark dietary={[diet]} />}
                {t(`diet.${diet}`)}
              </span>
            ))}
          </p>
          <LiveProduct first={product} place={place} choose={<ChoosePlace>{t("hero.action")}</ChoosePlace>} />
          <Facts product={product} t={t} />
        </div>
      </div>
      {sections.map(({ name, items }) => <ShelfRow key={name} title={t(name === "similar" ? "section.similar" : "section.goesWell")} items={items} />)}
    </div>
  );
}

function Gallery({ product }: { product: Product }) {
  const sets = product.images.length ? product.images.map((image, index) => ({ image, image_set: product.image_sets[index] ?? null })) : [{ image: product.image, image_set: product.image_set }];
  return (
    <div className="grid content-start gap-3">
      <Picture of={sets[0] ?? product} sizes="(min-width: 48rem) 36rem, 92vw" eager className="max-h-[28rem] border border-line" />
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
  rows.push([t("product.allergens"), product.allergens.join(", ") || t("product.noAllergens")]);
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
