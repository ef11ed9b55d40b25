import { numbers, plurals } from "@/lib/i18n/formats";
import type { Locale } from "@/lib/i18n/locales";

/** A text, or one per plural form (CLDR: `one`, `other`, …), chosen by the parameter `count`. */
export type Message = string | { one?: string; other: string };
export type Dictionary = Record<string, Message>;
/** The same keys in another language. */
export type In<English> = { [Key in keyof English]: Message };
export type Parameters = Record<string, string | number>;

const PLACE = /\{(\w+)\}/g;

/** The text of `message` with its `{places}` filled. Numbers are written as the locale writes them. */
export function fill(message: Message, locale: Locale, parameters: Parameters = {}): string {
  const text =
    typeof message === "string"
      ? message
      : (plurals(locale).select(Number(parameters.count ?? 0)) === "one" && message.one) || message.other;
  return text.replace(PLACE, (_, name: string) => {
    const value = parameters[name];
    if (value === undefined) return `{${name}}`;
    return typeof value === "number" ? numbers(tagOf(locale)).format(value) : value;
  });
}

/**
 * The tag for Intl: languages of India count and write dates as India does, with digits everybody reads. Chromium knows
 * no Odia numbers and dates and would write American ones where the server writes Odia: both write India's English.
 */
export function tagOf(locale: Locale): string {
  if (locale === "or") return "en-IN-u-nu-latn";
  return locale === "vi" ? "vi-VN" : `${locale}-IN-u-nu-latn`;
}
