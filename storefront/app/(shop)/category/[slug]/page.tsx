import type { Metadata } from "next";
import { Link } from "@/components/ui/link";
import { notFound } from "next/navigation";
import { Breadcrumb } from "@/components/shop/breadcrumb";
import { ShelfPage } from "@/components/shop/shelf-page";
import { ButtonLink } from "@/components/ui/button";
import { Notice } from "@/components/ui/states";
import { cx } from "@/components/ui/cx";
import { getT } from "@/lib/i18n/server";
import { described } from "@/lib/server/metadata";
import { categories, findCategory } from "@/lib/server/shelf";
import { readWishes } from "@/lib/wishes";

type Props = { params: Promise<{ slug: string }>; searchParams: Promise<Record<string, string | string[] | undefined>> };

export async function generateMetadata({ params }: Props): Promise<Metadata> {
  const [t, { slug }, tree] = await Promise.all([getT(), params, categories()]);
  const found = findCategory(tree, slug);
  if (!found) return { title: t("missing.title") };
  const { name } = found.category;
  return described(`/category/${slug}`, t("category.title", { name }), t("category.description", { name }));
}

export default async function CategoryPage({ params, searchParams }: Props) {
  const [t, { slug }, search, tree] = await Promise.all([getT(), params, searchParams, categories()]);
  const found = findCategory(tree, slug);
  if (!found) notFound();
  const { category, above } = found;
  const wishes = { ...readWishes(search), category: slug };
  const parent = above.at(-1);
  const shown = category.children.length > 0 ? category : parent ?? category;
  const steps = [{ name: t("nav.home"), href: "/" }, ...[...above, category].map(({ slug: own, name }) => ({ name, href: `/category/${own}` }))];
  return (
    <div className="grid grid-cols-[minmax(0,1fr)] gap-4">
      <Breadcrumb steps={steps} />
      <h1 className="text-2xl font-extrabold">{category.name}</h1>
      {shown.children.length > 0 && (
        <nav aria-label={t("list.subcategories", { name: shown.name })}>
          <ul className="-mx-4 flex gap-2 overflow-x-auto px-4 pb-1">
            {shown.children.map((child) => (
              <li key={child.slug} className="shrink-0">
                <Link href={`/category/${child.slug}`} aria-current={child.slug === slug ? "page" : undefined} className={cx("inline-flex min-h-11 items-center rounded-full border px-4 font-medium whitespace-nowrap", child.slug === slug ? "border-brand bg-brand-soft text-brand-deep" : "border-line bg-surface hover:border-brand")}>{child.name}</Link>
              </li>
            ))}
          </ul>
        </nav>
      )}
      <ShelfPage path={`/category/${slug}`} wishes={wishes} label={category.name} none={<Notice title={t("category.empty")} action={<ButtonLink href="/category">{t("category.all")}</ButtonLink>} />} />
    </div>
  );
}
