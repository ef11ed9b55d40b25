import "server-only";
import type { Metadata } from "next";
import { LOCALES } from "@/lib/i18n/locales";
import { getLocale } from "@/lib/i18n/server";

/** Title, description, the page's one address and its languages, for those who find it elsewhere. */
export async function described(path: string, title: string | { absolute: string }, description: string): Promise<Metadata> {
  const locale = await getLocale();
  const languages = Object.fromEntries(Object.keys(LOCALES).map((tag) => [tag, `${path}?lang=${tag}`]));
  return {
    title,
    description,
    alternates: { canonical: path, languages: { ...languages, "x-default": path } },
    openGraph: { title: typeof title === "string" ? title : title.absolute, description, url: path, siteName: "ShopSmart", locale, type: "website" },
  };
}
