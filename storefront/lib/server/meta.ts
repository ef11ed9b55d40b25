import "server-only";
import type { Metadata } from "next";
import { getLocale } from "@/lib/i18n/server";
import { LOCALES, type Locale } from "@/lib/i18n/locales";

const OPEN_GRAPH: Record<Locale, string> = { en: "en_IN", hi: "hi_IN", or: "or_IN", vi: "vi_VN" };

type About = { title: string; description: string; path: string; image?: string | null; index?: boolean };

/** What search engines and link previews read of a public page: one address for each language. */
export async function pageMetadata({ title, description, path, image, index = true }: About): Promise<Metadata> {
  const locale = await getLocale();
  const languages = Object.fromEntries(Object.keys(LOCALES).map((tag) => [tag, inLanguage(path, tag)]));
  const canonical = inLanguage(path, locale);
  return {
    title,
    description,
    alternates: { canonical, languages: { ...languages, "x-default": path } },
    robots: index ? undefined : { index: false, follow: true },
    openGraph: {
      type: "website", siteName: "ShopSmart", title, description, url: canonical, locale: OPEN_GRAPH[locale],
      images: image ? [{ url: image }] : undefined,
    },
    twitter: { card: "summary", title, description },
  };
}

function inLanguage(path: string, locale: string): string {
  return locale === "en" ? path : `${path}?lang=${locale}`;
}
