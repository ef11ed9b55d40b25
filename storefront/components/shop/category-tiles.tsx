import { Link } from "@/components/ui/link";
import type { Category } from "@/lib/api/types";

// One drawing for each department, in public/departments; what an operator adds later shares one.
const DRAWN = new Set([
  "fruits-vegetables", "dairy-bread-eggs", "staples", "oil-masala-dry-fruits", "snacks", "beverages", "breakfast-instant", "frozen",
  "meat-fish-seafood", "personal-baby-care", "home-care", "home-needs",
]);

export function CategoryTiles({ categories, eager }: { categories: Category[]; eager?: boolean }) {
  return (
    <ul className="grid grid-cols-4 gap-2 sm:gap-3 lg:grid-cols-6">
      {categories.map(({ slug, name }) => (
        <li key={slug}>
          <Link href={`/category/${slug}`} className="grid h-full content-start justify-items-center gap-1.5 rounded-2xl border border-line bg-surface p-1.5 text-center text-xs leading-tight font-semibold hover:border-brand hover:shadow-md sm:gap-2 sm:p-3 sm:text-base">
            <img src={`/departments/${DRAWN.has(slug) ? slug : "other"}.webp`} alt="" width={112} height={112} loading={eager ? "eager" : "lazy"} fetchPriority="low" className="aspect-square w-full max-w-16 rounded-xl sm:max-w-24" />
            <span className="max-w-full break-words">{name}</span>
          </Link>
        </li>
      ))}
    </ul>
  );
}
