import Link from "next/link";
import { SORTS, filterCount, type Sort, type Wishes } from "@/lib/wishes";
import type { Facets } from "@/lib/api/types";
import { getLocale, getT } from "@/lib/i18n/server";
import { money } from "@/lib/money";
import { SendOnChange } from "@/components/shop/send-on-change";

const MOST_BRANDS = 12;
const DIETS = ["veg", "nonveg", "vegan", "jain", "gluten_free", "egg", "organic", "sugar_free", "halal"] as const;
type Diet = (typeof DIETS)[number];

/** Filters and sort as a form whose fields are the page's address: it works without script, sends itself with. */
export async function Filters({ path, wishes, facets, hidden = {} }: { path: string; wishes: Wishes; facets: Facets | null; hidden?: Record<string, string> }) {
  const [t, locale] = await Promise.all([getT(), getLocale()]);
  const set = filterCount(wishes);
  const rupees = (amount: number) => money({ amount, currency: "INR" }, locale);
  const chosen = { price: `${wishes.min_price ?? ""}-${wishes.max_price ?? ""}`, dietary: new Set(wishes.dietary?.split(",")), brand: new Set(wishes.brand) };
  const brands = [...new Set([...chosen.brand, ...(facets?.brand ?? []).slice(0, MOST_BRANDS).map(({ value }) => value)])];
  const counts = new Map((facets?.brand ?? []).map(({ value, count }) => [value, count]));
  const diets = (facets?.dietary ?? []).filter((facet): facet is typeof facet & { value: Diet } => (DIETS as readonly string[]).includes(facet.value));
  const sorts = SORTS.filter((sort): sort is Sort => sort !== "relevance" || Boolean(wishes.q));
  return (
    <form action={path} className="grid content-start gap-5" data-testid="filters">
      <SendOnChange />
      {Object.entries(hidden).map(([name, value]) => <input key={name} type="hidden" name={name} value={value} />)}
      <label className="grid gap-1.5 font-medium">
        {t("list.sort")}
        <select name="sort" defaultValue={wishes.sort ?? sorts[0]} className="min-h-11 rounded-xl border border-edge bg-surface px-3">
          {sorts.map((sort) => <option key={sort} value={sort}>{t(`sort.${sort}`)}</option>)}
        </select>
      </label>
      <Tick name="in_stock" value="true" on={Boolean(wishes.in_stock)}>{t("list.inStock")}</Tick>
      {diets.length > 0 && (
        <Group title={t("list.dietary")}>
          {diets.map(({ value, count }) => <Tick key={value} name="dietary" value={value} on={chosen.dietary.has(value)} count={count}>{t(`diet.${value}`)}</Tick>)}
        </Group>
      )}
      {(facets?.price?.length ?? 0) > 1 && (
        <Group title={t("list.price")}>
          {facets?.price?.map(({ min_price, max_price, count }) => {
            const value = `${min_price}-${max_price ?? ""}`;
            return <Tick key={value} radio name="price" value={value} on={chosen.price === value} count={count}>{max_price === null ? t("list.from", { price: rupees(min_price) }) : t("list.between", { least: rupees(min_price), most: rupees(max_price) })}</Tick>;
          })}
        </Group>
      )}
      {(facets?.discount?.length ?? 0) > 0 && (
        <Group title={t("list.discount")}>
          {facets?.discount?.map(({ value, count }) => <Tick key={value} radio name="discount" value={value} on={wishes.discount === Number(value)} count={count}>{t("list.discountOver", { percent: Number(value) })}</Tick>)}
        </Group>
      )}
      {brands.length > 1 && (
        <Group title={t("list.brand")}>
          {brands.map((brand) => <Tick key={brand} name="brand" value={brand} on={chosen.brand.has(brand)} count={counts.get(brand)}>{brand}</Tick>)}
        </Group>
      )}
      <div className="flex flex-wrap items-center gap-3">
        <button type="submit" className="min-h-11 rounded-xl bg-brand px-5 font-semibold text-on-brand hover:bg-brand-deep">{t("list.apply")}</button>
        {set > 0 && <Link href={wishes.q ? `${path}?q=${encodeURIComponent(wishes.q)}` : path} className="tap inline-flex items-center font-semibold text-brand-deep hover:underline">{t("list.clear")}</Link>}
      </div>
    </form>
  );
}

function Group({ title, children }: { title: string; children: React.ReactNode }) {
  return (
    <fieldset className="grid">
      <legend className="mb-1 font-bold">{title}</legend>
      {children}
    </fieldset>
  );
}

function Tick({ name, value, on, count, radio, children }: { name: string; value: string; on: boolean; count?: number; radio?: boolean; children: React.ReactNode }) {
  return (
    <label className="flex min-h-10 items-center gap-2.5">
      <input type={radio ? "radio" : "checkbox"} name={name} value={value} defaultChecked={on} className="size-5 shrink-0 accent-brand" />
      <span className="flex-1">{children}</span>
      {count !== undefined && <span className="text-sm text-muted">{count}</span>}
    </label>
  );
}
