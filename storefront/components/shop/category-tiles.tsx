import Link from "next/link";
import type { Category } from "@/lib/api/types";
import { categoryPicture } from "@/lib/category-picture";

/** Categories as pictures with their names. */
export function CategoryTiles({ categories, eager }: { categories: Category[]; eager?: boolean }) {
  return (
    <ul className="grid grid-cols-3 gap-3 sm:grid-cols-4 md:grid-cols-5 lg:grid-cols-7">
      {categories.map(({ slug, name }) => (
        <li key={slug}>
          <Link href={`/category/${encodeURIComponent(slug)}`} prefetch={false} className="flex h-full flex-col items-center gap-2 rounded-2xl border border-line bg-surface p-2 text-center text-sm leading-tight font-semibold hover:border-edge">
            <img src={categoryPicture(slug)} alt="" width={96} height={96} loading={eager ? "eager" : "lazy"} className="dark-dim aspect-square w-full max-w-24 rounded-xl" />
            <span className="break-words hyphens-auto">{name}</span>
          </Link>
        </li>
      ))}
    </ul>
  );
}
