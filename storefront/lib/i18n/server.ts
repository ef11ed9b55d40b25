import "server-only";
import { headers } from "next/headers";
import { cache } from "react";
import { word, type Key } from "@/lib/i18n/dictionaries";
import { isLocale, type Locale } from "@/lib/i18n/locales";
import { fill, type Parameters } from "@/lib/i18n/translate";

/** The reader's language, as `proxy.ts` found it. */
export const getLocale = cache(async (): Promise<Locale> => {
  const found = (await headers()).get("x-locale");
  return isLocale(found) ? found : "en";
});

export type Translate = (key: Key, parameters?: Parameters) => string;

/** `t` for server components. */
export async function getT(): Promise<Translate> {
  const locale = await getLocale();
  return (key, parameters) => fill(word(locale, key), locale, parameters);
}
