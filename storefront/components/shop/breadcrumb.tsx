import { Link } from "@/components/ui/link";
import { Structured } from "@/components/shop/structured";
import { getT } from "@/lib/i18n/server";
import { settings } from "@/lib/server/settings";

export type Step = { name: string; href: string };

/** The way down to this page, for people and, as structured data, for those who index it. */
export async function Breadcrumb({ steps }: { steps: Step[] }) {
  const t = await getT();
  const itemListElement = steps.map(({ name, href }, index) => ({ "@type": "ListItem", position: index + 1, name, item: settings.publicUrl + href }));
  return (
    <nav aria-label={t("product.breadcrumb")} className="text-sm text-muted">
      <Structured data={{ "@context": "https://schema.org", "@type": "BreadcrumbList", itemListElement }} />
      <ol className="flex flex-wrap items-center gap-x-2">
        {steps.map(({ name, href }, index) => (
          <li key={href} className="flex items-center gap-2">
            {index > 0 && <span aria-hidden="true">/</span>}
            <Link href={href} className="inline-flex min-h-8 items-center hover:underline">{name}</Link>
          </li>
        ))}
      </ol>
    </nav>
  );
}
