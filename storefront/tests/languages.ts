// What is asked of words in each language: the same places, its own script, its own plural forms.
import type { Locale } from "@/lib/i18n/locales";
import type { Message } from "@/lib/i18n/translate";

export const OTHERS = ["hi", "or", "vi"] as const;
export type Other = (typeof OTHERS)[number];

// Names, marks and abbreviations that are written in Latin letters in every language.
const AS_THEY_ARE = new Set([
  "ShopSmart", "OpenStreetMap", "Google", "PDF", "JPEG", "PNG", "CSV", "GST", "CGST", "SGST", "MRP", "HSN", "FSSAI", "UPI",
  "OTP", "PIN", "SMS", "GPS", "QR", "COD", "JSON", "km", "m", "kg", "g", "ml", "l",
]);
// Vietnamese has taken these words over, or writes them without marks by chance.
const SAME_IN_VIETNAMESE = new Set(["Email", "Gluten", "Jain", "Menu", "Video"]);

const LETTERS = /\p{L}[\p{L}\p{M}]*/gu;
const OWN_SCRIPT: Record<Other, RegExp> = { hi: /\p{Script=Devanagari}/u, or: /\p{Script=Oriya}/u, vi: /\p{Script=Latin}/u };
// The danda closes sentences in both scripts of India; Unicode counts it to Devanagari's block.
const FOREIGN: Record<Other, RegExp> = { hi: /\p{Script=Oriya}/u, or: /\p{Script=Devanagari}(?<![।॥])/u, vi: /[\p{Script=Oriya}\p{Script=Devanagari}]/u };
const VIETNAMESE = /[\u0300-\u036fđĐ]/u;

export function forms(message: Message): string[] {
  return typeof message === "string" ? [message] : Object.values(message);
}

export function places(text: string): string[] {
  return [...new Set([...text.matchAll(/\{(\w+)\}/g)].map(([, name]) => name ?? ""))].sort();
}

/** Everything wrong with `message` as a translation of `english`. */
export function faultsOf(message: Message, english: Message, locale: Other): string[] {
  const faults = [...pluralFaults(message, locale), ...placeFaults(message, english)];
  for (const text of forms(message)) faults.push(...scriptFaults(text, locale), ...leftOver(text, forms(english), locale));
  return faults;
}

/** A message with plural forms has those of its language, no dead ones, and a number to choose by. */
export function pluralFaults(message: Message, locale: Locale): string[] {
  if (typeof message === "string") return [];
  const wanted = new Intl.PluralRules(locale).resolvedOptions().pluralCategories.toSorted();
  const has = Object.keys(message).sort();
  return String(has) === String(wanted) ? [] : [`has the plural forms ${has}; the language has ${wanted}`];
}

function placeFaults(message: Message, english: Message): string[] {
  const wanted = places(forms(english).join(" "));
  const has = places(forms(message).join(" "));
  return String(has) === String(wanted) ? [] : [`has the places {${has}}, English has {${wanted}}`];
}

function scriptFaults(text: string, locale: Other): string[] {
  const words = wordsOf(text);
  if (!words.length) return [];
  const faults: string[] = [];
  if (!words.some((word) => OWN_SCRIPT[locale].test(word))) faults.push(`is not written in the script of the language: ${text}`);
  if (FOREIGN[locale].test(text)) faults.push(`mixes scripts: ${text}`);
  const latin = words.filter((word) => /\p{Script=Latin}/u.test(word));
  if (locale !== "vi" && latin.length) faults.push(`leaves Latin words: ${latin.join(", ")}`);
  if (locale === "vi" && words.length > 2 && !VIETNAMESE.test(text.normalize("NFD"))) faults.push(`has no Vietnamese letter: ${text}`);
  return faults;
}

function leftOver(text: string, english: string[], locale: Other): string[] {
  const words = wordsOf(text).filter((word) => !(locale === "vi" && SAME_IN_VIETNAMESE.has(word)));
  return words.length && english.includes(text) ? [`is still English: ${text}`] : [];
}

/** The words that a translator has to translate. */
function wordsOf(text: string): string[] {
  return [...text.replace(/\{\w+\}/g, " ").matchAll(LETTERS)].map(([word]) => word).filter((word) => !AS_THEY_ARE.has(word));
}
