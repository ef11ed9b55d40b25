import { Link } from "@/components/ui/link";
import { LanguageSwitch, ThemeSwitch } from "@/components/shop/preferences";
import { getLocale, getT } from "@/lib/i18n/server";
import { cookies } from "next/headers";

const WORK = [
  { href: "/store", word: "footer.store" },
  { href: "/ride", word: "footer.ride" },
  { href: "/admin", word: "footer.admin" },
] as const;

export async function Footer() {
  const [t, locale, jar] = await Promise.all([getT(), getLocale(), cookies()]);
  return (
    <footer className="mt-12 border-t border-line bg-surface pb-40 md:pb-8">
      <div className="mx-auto grid max-w-7xl gap-6 px-4 pt-8 sm:grid-cols-3">
        <div className="grid content-start gap-2">
          <p className="text-lg font-extrabold text-brand-deep">ShopSmart</p>
          <p className="text-muted">{t("tagline")}</p>
          <p className="text-sm text-muted">{t("footer.data", { source: "© OpenStreetMap" })}</p>
        </div>
        <div className="grid content-start gap-4">
          <LanguageSwitch locale={locale} />
          <ThemeSwitch theme={jar.get("theme")?.value ?? "system"} />
        </div>
        <nav aria-labelledby="work" className="grid content-start gap-1">
          <h2 id="work" className="font-bold">{t("footer.work")}</h2>
          {WORK.map(({ href, word }) => (
            <Link key={href} href={href} className="inline-flex min-h-8 items-center text-brand-deep hover:underline">{t(word)}</Link>
          ))}
        </nav>
      </div>
    </footer>
  );
}
