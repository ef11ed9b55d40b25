import { cookies } from "next/headers";
import { Suspense } from "react";
import { LanguageLinks } from "@/components/shop/frame/language-links";
import { ThemeChoice, type Theme } from "@/components/shop/frame/theme-choice";
import { getT } from "@/lib/i18n/server";
import { settings } from "@/lib/server/settings";

export async function Footer() {
  const t = await getT();
  const cookie = (await cookies()).get("theme")?.value;
  const theme: Theme = cookie === "light" || cookie === "dark" ? cookie : "system";
  return (
    <footer className="mt-12 border-t border-line bg-surface pb-36 md:pb-8">
      <div className="mx-auto grid max-w-7xl gap-6 px-3 py-8 md:grid-cols-2 md:px-6">
        <div className="grid content-start gap-2 text-sm text-muted">
          <p className="text-base font-bold text-ink">ShopSmart</p>
          <p>{t("footer.about")}</p>
          <p>
            {t("footer.data")}{" "}
            <a href="https://www.openstreetmap.org/copyright" rel="noreferrer" className="underline">OpenStreetMap</a>
            {settings.tileAttribution && <> · {plain(settings.tileAttribution)}</>}
          </p>
        </div>
        <div className="grid content-start gap-2 md:justify-items-end">
          <Suspense><LanguageLinks /></Suspense>
          <ThemeChoice kept={theme} />
        </div>
      </div>
    </footer>
  );
}

/** Attributions come as markup for the maps; here only their words are wanted. */
function plain(markup: string): string {
  return markup.replace(/<[^>]*>/g, "").replaceAll("&copy;", "©");
}
