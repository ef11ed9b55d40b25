import Link from "next/link";
import type { Category } from "@/lib/api/types";

// One drawing for each department; the files are served by the API for products without a picture too.
const DRAWINGS: Record<string, string> = {
  "fruits-vegetables": "fruit-3",
  "dairy-bread-eggs": "milk-4",
  staples: "sack-2",
  "oil-masala-dry-fruits": "oil-1",
  snacks: "chips-2",
  beverages: "tea-3",
  "breakfast-instant": "bowl-5",
  frozen: "icecream-4",
  "meat-fish-seafood": "fish-2",
  "personal-baby-care": "soap-6",
  "home-care": "clean-3",
  "home-needs": "lamp-4",
};

export function CategoryTiles({ categories, eager }: { categories: Category[]; eager?: boolean }) {
  return (
    <ul className="grid grid-cols-4 gap-2 sm:gap-3 lg:grid-cols-6">
      {categories.map(({ slug, name }) => (
        <li key={slug}>
          <Link href={`/category/${slug}`} prefetch={false} className="grid h-full content-start justify-items-center gap-1.5 rounded-2xl border border-line bg-surface p-1.5 text-center text-xs leading-tight font-semibold hover:border-brand hover:shadow-md sm:gap-2 sm:p-3 sm:text-base">
            <img src={`/images/placeholder/v1/${DRAWINGS[slug] ?? "bowl-1"}.svg`} alt="" width={112} height={112} loading={eager ? "eager" : "lazy"} className="aspect-square w-full max-w-16 rounded-xl sm:max-w-24" />
            <span className="max-w-full break-words">{name}</span>
          </Link>
        </li>
      ))}
    </ul>
  );
}
