import type { Metadata } from "next";
import { Link } from "@/components/ui/link";
import { CategoryTiles } from "@/components/shop/category-tiles";
import { getT } from "@/lib/i18n/server";
import { described } from "@/lib/server/metadata";
import { categories } from "@/lib/server/shelf";

export async function generateMetadata(): Promise<Metadata> {
  const t = await getT();
  return described("/category", t("category.all"), t("hero.text"));
}

export default async function Categories() {
  const [t, tree] = await Promise.all([getT(), categories()]);
  return (
    <div className="grid gap-8">
      <h1 className="text-2xl font-extrabold">{t("category.all")}</h1>
      <CategoryTiles categories={tree} eager />
      <div className="grid gap-6 sm:grid-cols-2 lg:grid-cols-3">
        {tree.map(({ slug, name, children }) => (
          <section key={slug} aria-labelledby={slug} className="grid content-start gap-2">
            <h2 id={slug} className="text-lg font-bold">{name}</h2>
            <ul className="flex flex-wrap gap-2">
              {children.map((child) => (
                <li key={child.slug}><Link href={`/category/${child.slug}`} className="inline-flex min-h-10 items-center rounded-full border border-line bg-surface px-4 hover:border-brand">{child.name}</Link></li>
              ))}
            </ul>
          </section>
        ))}
      </div>
    </div>
  );
}
