import { Link } from "@/components/ui/link";
import type { ReactNode } from "react";
import { AutoForm } from "@/components/shop/auto-form";
import { Button } from "@/components/ui/button";
import { Icon } from "@/components/ui/icon";
import type { Facets } from "@/lib/api/types";
import type { Key } from "@/lib/i18n/dictionaries";
import { getLocale, getT, type Translate } from "@/lib/i18n/server";
import { money } from "@/lib/money";
import { filterCount, priceOf, SORTS, usualSort, type Wishes } from "@/lib/wishes";

const FORM = "filters";
const BRANDS_AT_ONCE = 8;
const DIETS: Record<string, Key> = {
  veg: "diet.veg", non_veg: "diet.non_veg", egg: "diet.egg", vegan: "diet.vegan", jain: "diet.jain",
  gluten_free: "diet.gluten_free", organic: "diet.organic",
};

/** What a dietary mark is called; a mark that nobody named is said as it is. */
export function dietName(mark: string, t: Translate): string {
  const key = DIETS[mark];
  return key ? t(key) : mark.replaceAll("_", " ");
}

type Props = { path: string; wishes: Wishes; facets: Facets; currency: string };

/** Filters as a form whose fields are the page's address, with how many products each leaves. On phones folded away. */
export async function Filters({ path, wishes, facets, currency }: Props) {
  const [t, locale] = await Promise.all([getT(), getLocale()]);
  const set = filterCount(wishes);
  const price = priceOf(wishes);
  const diets = wishes.dietary?.split(",") ?? [];
  const worth = (amount: number) => money({ amount, currency }, locale);
  return (
    <details className="unfold-lg self-start rounded-2xl open:col-span-2 lg:row-span-3 lg:open:col-span-1 border border-line bg-surface">
      <summary className="tap flex items-center gap-2 px-4 font-semibold lg:hidden">
        <Icon name="sliders" className="size-5" />
        {t("list.filters")}
        {set > 0 && <span className="rounded-full bg-brand px-2 text-sm text-on-brand">{set}</span>}
      </summary>
      <div className="px-4 pt-1 pb-4">
        <AutoForm id={FORM} action={path}>
          {wishes.q && <input type="hidden" name="q" value={wishes.q} />}
          <div className="grid gap-4">
            <div className="flex items-center justify-between gap-2 lg:min-h-11">
              <h2 className="hidden font-bold lg:block">{t("list.filters")}</h2>
              {set > 0 && <Link href={withoutFilters(path, wishes)} scroll={false} className="tap inline-flex items-center font-semibold text-brand-deep hover:underline">{t("list.clear")}</Link>}
            </div>
            <Tick name="in_stock" value="true" on={Boolean(wishes.in_stock)}>{t("list.inStock")}</Tick>
            <Group title={t("list.dietary")} show={(facets.dietary?.length ?? 0) > 0 || diets.length > 0}>
              {withChosen(facets.dietary ?? [], diets).map(({ value, count }) => <Tick key={value} name="dietary" value={value} on={diets.includes(value)} count={count}>{dietName(value, t)}</Tick>)}
            </Group>
            <Group title={t("list.price")} show={(facets.price?.length ?? 0) > 1 || price !== ""}>
              <Tick radio name="price" value="" on={price === ""}>{t("list.any")}</Tick>
              {facets.price?.map(({ min_price, max_price, count }) => {
                const value = `${min_price}-${max_price ?? ""}`;
                const text = max_price === null ? t("list.from", { price: worth(min_price) }) : min_price === 0 ? t("list.under", { price: worth(max_price + 1) }) : t("list.between", { least: worth(min_price), most: worth(max_price + 1) });
                return <Tick key={value} radio name="price" value={value} on={price === value} count={count}>{text}</Tick>;
              })}
            </Group>
            <Group title={t("list.discount")} show={(facets.discount?.length ?? 0) > 0 || Boolean(wishes.discount)}>
              <Tick radio name="discount" value="" on={!wishes.discount}>{t("list.any")}</Tick>
              {withChosen(facets.discount ?? [], wishes.discount ? [String(wishes.discount)] : []).map(({ value, count }) => (
                <Tick key={value} radio name="discount" value={value} on={wishes.discount === Number(value)} count={count}>{t("list.discountOver", { percent: Number(value) })}</Tick>
              ))}
            </Group>
            <Brands title={t("list.brand")} more={t("list.moreBrands")} brands={withChosen(facets.brand ?? [], wishes.brand ?? [])} chosen={wishes.brand ?? []} />
          </div>
          <noscript><Button type="submit" wide className="mt-4">{t("list.apply")}</Button></noscript>
        </AutoForm>
      </div>
    </details>
  );
}

/** The same shelf with no filter set. */
export function withoutFilters(path: string, { q }: Wishes): string {
  return q ? `${path}?q=${encodeURIComponent(q)}` : path;
}

type Counted = { value: string; count?: number };

/** What is chosen comes first and stays, even where no product is left for it, so that it can be undone. */
function withChosen(values: Counted[], chosen: string[]): Counted[] {
  const known = new Map(values.map((one) => [one.value, one]));
  return [...chosen.map((value) => known.get(value) ?? { value, count: 0 }), ...values.filter(({ value }) => !chosen.includes(value))];
}

function Brands({ title, more, brands, chosen }: { title: string; more: string; brands: Counted[]; chosen: string[] }) {
  const ticks = brands.map(({ value, count }) => <Tick key={value} name="brand" value={value} on={chosen.includes(value)} count={count}>{value}</Tick>);
  return (
    <Group title={title} show={brands.length > 1 || chosen.length > 0}>
      {ticks.slice(0, BRANDS_AT_ONCE)}
      {ticks.length > BRANDS_AT_ONCE && (
        <details>
          <summary className="tap flex items-center font-semibold text-brand-deep">{more}</summary>
          <div className="grid">{ticks.slice(BRANDS_AT_ONCE)}</div>
        </details>
      )}
    </Group>
  );
}

function Group({ title, show, children }: { title: string; show: boolean; children: ReactNode }) {
  if (!show) return null;
  return (
    <fieldset className="grid">
      <legend className="mb-1 font-bold">{title}</legend>
      {children}
    </fieldset>
  );
}

function Tick({ name, value, on, count, radio, children }: { name: string; value: string; on: boolean; count?: number; radio?: boolean; children: ReactNode }) {
  return (
    <label className="tap -mx-2 flex items-center gap-2.5 rounded-lg px-2 hover:bg-sunken">
      <input type={radio ? "radio" : "checkbox"} name={name} value={value} defaultChecked={on} className="size-5 shrink-0 accent-brand" />
      <span className="min-w-0 flex-1 break-words">{children}</span>
      {count !== undefined && <span className="text-sm text-muted tabular-nums">{count}</span>}
    </label>
  );
}

/** The order of a shelf: a field of the filters' form that stands above the products. */
export async function SortChoice({ wishes }: { wishes: Wishes }) {
  const t = await getT();
  const usual = usualSort(wishes);
  return (
    <label className="flex min-w-0 items-center justify-end gap-2">
      <span className="sr-only text-sm lg:not-sr-only whitespace-nowrap text-muted">{t("list.sort")}</span>
      <select form={FORM} name="sort" defaultValue={wishes.sort ?? usual} data-usual={usual} className="min-h-11 min-w-0 rounded-xl border border-edge bg-surface px-2 font-medium">
        {SORTS.filter((sort) => sort !== "relevance" || wishes.q).map((sort) => <option key={sort} value={sort}>{t(`sort.${sort}`)}</option>)}
      </select>
    </label>
  );
}
