import { SlidersHorizontal } from "lucide-react";
import Link from "next/link";
import type { ReactNode } from "react";
import { AutoForm } from "@/components/shop/shelf/auto-form";
import { Button } from "@/components/ui/button";
import type { Facets } from "@/lib/api/types";
import { getLocale, getT, type Translate } from "@/lib/i18n/server";
import type { Key } from "@/lib/i18n/dictionaries";
import { money } from "@/lib/money";
import { isFiltered, SORTS, type Filters } from "@/lib/shelf";

export const FILTER_FORM = "filters";
const BRANDS_AT_ONCE = 8;
const DIET_NAMES: Record<string, Key> = {
  veg: "diet.veg", non_veg: "diet.non_veg", egg: "diet.egg", vegan: "diet.vegan", jain: "diet.jain",
  gluten_free: "diet.gluten_free", organic: "diet.organic",
};

export function dietName(mark: string, t: Translate): string {
  const key = DIET_NAMES[mark];
  return key ? t(key) : mark.replaceAll("_", " ");
}

type Props = { path: string; filters: Filters; facets: Facets; currency: string };

/** The filters of a shelf with how many products each would leave. On phones folded away. */
export async function ShelfFilters({ path, filters, facets, currency }: Props) {
  const t = await getT();
  const locale = await getLocale();
  const filtered = isFiltered(filters);
  return (
    <details className="unfold-lg group rounded-2xl border border-line bg-surface">
      <summary className="tap flex list-none items-center gap-2 px-4 font-semibold lg:hidden [&::-webkit-details-marker]:hidden">
        <SlidersHorizontal aria-hidden="true" className="size-5" />
        {t("filters.title")}
        {filtered && <span className="rounded-full bg-brand px-2 text-sm text-on-brand">{t("filters.on")}</span>}
      </summary>
      <div className="p-4 pt-2 lg:pt-4">
        <AutoForm id={FILTER_FORM} action={path}>
          {filters.q && <input type="hidden" name="q" value={filters.q} />}
          <div className="grid gap-5">
            <div className="flex min-h-11 items-center justify-between">
              <h2 className="font-bold">{t("filters.title")}</h2>
              {filtered && <Link href={filters.q ? `${path}?q=${encodeURIComponent(filters.q)}` : path} scroll={false} prefetch={false} className="tap inline-flex items-center font-semibold text-brand-deep hover:underline">{t("filters.clear")}</Link>}
            </div>
            <Choice type="checkbox" name="in_stock" value="true" chosen={filters.inStock}>{t("filters.inStock")}</Choice>
            <Group title={t("filters.diet")} show={(facets.dietary?.length ?? 0) > 0 || filters.dietary.length > 0}>
              {withChosen(facets.dietary ?? [], filters.dietary).map(({ value, count }) => (
                <Choice key={value} type="checkbox" name="dietary" value={value} count={count} chosen={filters.dietary.includes(value)}>{dietName(value, t)}</Choice>
              ))}
            </Group>
            <Group title={t("filters.price")} show={(facets.price?.length ?? 0) > 1 || filters.price !== ""}>
              <Choice type="radio" name="price" value="" chosen={filters.price === ""}>{t("filters.any")}</Choice>
              {(facets.price ?? []).map(({ min_price, max_price, count }) => {
                const value = `${min_price}-${max_price ?? ""}`;
                const from = money({ amount: min_price, currency }, locale);
                const text = max_price === null ? t("filters.over", { price: from }) : min_price === 0 ? t("filters.under", { price: money({ amount: max_price + 1, currency }, locale) }) : `${from} – ${money({ amount: max_price + 1, currency }, locale)}`;
                return <Choice key={value} type="radio" name="price" value={value} count={count} chosen={filters.price === value}>{text}</Choice>;
              })}
            </Group>
            <Group title={t("filters.discount")} show={(facets.discount?.length ?? 0) > 0 || filters.discount !== null}>
              <Choice type="radio" name="discount" value="" chosen={filters.discount === null}>{t("filters.any")}</Choice>
              {(facets.discount ?? []).map(({ value, count }) => (
                <Choice key={value} type="radio" name="discount" value={value} count={count} chosen={String(filters.discount) === value}>{t("filters.off", { percent: Number(value) })}</Choice>
              ))}
            </Group>
            <Brands facets={facets} chosen={filters.brand} title={t("filters.brand")} more={t("filters.moreBrands")} />
          </div>
          <noscript><Button type="submit" wide className="mt-5">{t("filters.apply")}</Button></noscript>
        </AutoForm>
      </div>
    </details>
  );
}

function Brands({ facets, chosen, title, more }: { facets: Facets; chosen: string[]; title: string; more: string }) {
  const brands = withChosen(facets.brand ?? [], chosen);
  const choices = brands.map(({ value, count }) => <Choice key={value} type="checkbox" name="brand" value={value} count={count} chosen={chosen.includes(value)}>{value}</Choice>);
  return (
    <Group title={title} show={brands.length > 1 || chosen.length > 0}>
      {choices.slice(0, BRANDS_AT_ONCE)}
      {choices.length > BRANDS_AT_ONCE && (
        <details>
          <summary className="tap flex items-center font-semibold text-brand-deep">{more}</summary>
          {choices.slice(BRANDS_AT_ONCE)}
        </details>
      )}
    </Group>
  );
}

/** What is chosen stays to be seen and undone, even where no product is left for it; chosen ones first. */
function withChosen(values: { value: string; count: number }[], chosen: string[]): { value: string; count: number }[] {
  const missing = chosen.filter((name) => !values.some(({ value }) => value === name)).map((value) => ({ value, count: 0 }));
  return [...missing, ...values.filter(({ value }) => chosen.includes(value)), ...values.filter(({ value }) => !chosen.includes(value))];
}

function Group({ title, show, children }: { title: string; show: boolean; children: ReactNode }) {
  if (!show) return null;
  return (
    <fieldset className="grid">
      <legend className="mb-1 text-sm font-semibold text-muted">{title}</legend>
      {children}
    </fieldset>
  );
}

type ChoiceProps = { type: "checkbox" | "radio"; name: string; value: string; chosen: boolean; count?: number; children: ReactNode };

function Choice({ type, name, value, chosen, count, children }: ChoiceProps) {
  return (
    <label className="tap flex items-center gap-3 rounded-lg py-1 hover:bg-sunken">
      <input type={type} name={name} value={value} defaultChecked={chosen} className="size-5 shrink-0 accent-brand" />
      <span className="min-w-0 flex-1 break-words">{children}</span>
      {count !== undefined && <span className="text-sm text-muted tabular-nums">{count}</span>}
    </label>
  );
}

const SORT_NAMES: Record<(typeof SORTS)[number], Key> = {
  relevance: "sort.relevance", popularity: "sort.popularity", price_asc: "sort.price_asc", price_desc: "sort.price_desc",
  discount: "sort.discount", newest: "sort.newest", name: "sort.name",
};

/** The order of a shelf; it belongs to the form of the filters wherever it stands. */
export async function SortChoice({ filters }: { filters: Filters }) {
  const t = await getT();
  const usual = filters.q ? "relevance" : "popularity";
  return (
    <label className="flex min-w-0 items-center gap-2">
      <span className="text-sm whitespace-nowrap text-muted">{t("sort.label")}</span>
      <select form={FILTER_FORM} name="sort" defaultValue={filters.sort ?? usual} data-usual={usual} className="min-h-11 min-w-0 rounded-xl border border-edge bg-surface px-2 font-medium">
        {SORTS.filter((sort) => sort !== "relevance" || filters.q).map((sort) => <option key={sort} value={sort}>{t(SORT_NAMES[sort])}</option>)}
      </select>
    </label>
  );
}
