// Every language has the same files with the same keys; the compiler and a test hold them together.
import { browse as enBrowse } from "@/lib/i18n/en/browse";
import { buy as enBuy } from "@/lib/i18n/en/buy";
import { common as enCommon } from "@/lib/i18n/en/common";
import { ride as enRide } from "@/lib/i18n/en/ride";
import { browse as hiBrowse } from "@/lib/i18n/hi/browse";
import { buy as hiBuy } from "@/lib/i18n/hi/buy";
import { common as hiCommon } from "@/lib/i18n/hi/common";
import { ride as hiRide } from "@/lib/i18n/hi/ride";
import { browse as orBrowse } from "@/lib/i18n/or/browse";
import { buy as orBuy } from "@/lib/i18n/or/buy";
import { common as orCommon } from "@/lib/i18n/or/common";
import { ride as orRide } from "@/lib/i18n/or/ride";
import { browse as viBrowse } from "@/lib/i18n/vi/browse";
import { buy as viBuy } from "@/lib/i18n/vi/buy";
import { common as viCommon } from "@/lib/i18n/vi/common";
import { ride as viRide } from "@/lib/i18n/vi/ride";
import type { Locale } from "@/lib/i18n/locales";
import type { Dictionary, In } from "@/lib/i18n/translate";

/** What the storefront says. */
const enShop = { ...enCommon, ...enBrowse, ...enBuy };
/** What the rider app says. */
const enRider = { ...enCommon, ...enRide };

export type Key = keyof typeof enShop | keyof typeof enRider;

export const shopWords: Record<Locale, In<typeof enShop>> = {
  en: enShop,
  hi: { ...hiCommon, ...hiBrowse, ...hiBuy },
  or: { ...orCommon, ...orBrowse, ...orBuy },
  vi: { ...viCommon, ...viBrowse, ...viBuy },
};

export const riderWords: Record<Locale, In<typeof enRider>> = {
  en: enRider,
  hi: { ...hiCommon, ...hiRide },
  or: { ...orCommon, ...orRide },
  vi: { ...viCommon, ...viRide },
};

export function word(locale: Locale, key: Key): Dictionary[string] {
  const words: Dictionary = { ...shopWords[locale], ...riderWords[locale] };
  return words[key] ?? key;
}
