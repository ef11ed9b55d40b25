import Link from "next/link";
import { Fragment } from "react";
import { JsonLd } from "@/components/shop/json-ld";
import { getT } from "@/lib/i18n/server";
import { settings } from "@/lib/server/settings";

export type Crumb = { name: string; href: string };

/** The way from the home page to here, for people and for search engines. */
export async function Crumbs({ way }: { way: Crumb[] }) {
  const t = await getT();
  const all = [{ name: t("nav.home"), href: "/" }, ...way];
  const list = all.map(({ name, href }, index) => ({ "@type": "ListItem", position: index + 1, name, item: settings.publicUrl + href }));
  return (
    <nav aria-label={t("nav.breadcrumbs")} className="min-w-0 text-sm text-muted">
      <ol className="flex flex-wrap items-center gap-x-1">
        {all.map(({ name, href }, index) => (
          <Fragment key={href}>
            {index > 0 && <li aria-hidden="true">/</li>}
            <li className="min-w-0">
              <Link href={href} prefetch={false} className="tap inline-flex items-center justify-start break-words hover:underline">{name}</Link>
            </li>
          </Fragment>
        ))}
      </ol>
      <JsonLd data={{ "@context": "https://schema.org", "@type": "BreadcrumbList", itemListElement: list }} />
    </nav>
  );
}
