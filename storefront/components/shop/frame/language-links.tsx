"use client";

import { usePathname, useSearchParams } from "next/navigation";
import { useLocale, useT } from "@/lib/i18n/client";
import { LOCALES } from "@/lib/i18n/locales";

/** The same page in another language. Plain links: the whole page is drawn anew, with its language in the markup. */
export function LanguageLinks() {
  const t = useT();
  const locale = useLocale();
  const path = usePathname();
  const search = useSearchParams();
  function address(tag: string): string {
    const there = new URLSearchParams(search);
    there.set("lang", tag);
    return `${path}?${there}`;
  }
  return (
    <nav aria-label={t("footer.language")}>
      <ul className="flex flex-wrap gap-x-1">
        {Object.entries(LOCALES).map(([tag, name]) => (
          <li key={tag}>
            <a href={address(tag)} lang={tag} hrefLang={tag} aria-current={tag === locale ? "true" : undefined} className="tap inline-flex items-center justify-center rounded-lg px-3 hover:bg-sunken aria-[current]:bg-brand-soft aria-[current]:font-bold aria-[current]:text-brand-deep">{name}</a>
          </li>
        ))}
      </ul>
    </nav>
  );
}
