import { ApiProblem } from "@/lib/api/problem";
import type { Locale } from "@/lib/i18n/locales";
import { fill, type Message, type Parameters } from "@/lib/i18n/translate";
import { money } from "@/lib/money";
import type { Sentence, Sentences, Spans } from "@/lib/problems/sentence";

type Book = { problems: Sentences; spans: Spans };

// Fetched when something goes wrong, not with each page.
const BOOKS: Record<Locale, () => Promise<Book>> = {
  en: () => import("@/lib/problems/en/people"),
  hi: () => import("@/lib/problems/hi/people"),
  or: () => import("@/lib/problems/or/people"),
  vi: () => import("@/lib/problems/vi/people"),
};
const staffBook = () => import("@/lib/problems/en/staff");

// Members that are amounts in paise.
const AMOUNTS = new Set(["mrp", "refundable"]);
const MOST_NAMES = 3;

/** The sentence for people about anything that was thrown: what happened and the way on, in their language. */
export async function explain(fault: unknown, locale: Locale = "en"): Promise<string> {
  const book = await read(BOOKS[locale]);
  const general = plain(book?.problems.http_error);
  if (!(fault instanceof ApiProblem)) return general ?? String(fault);
  const own = book && sentenceOf(fault.code, book.problems);
  if (own) return say(own, fault, locale, book.spans);
  const staff = await read(staffBook);
  const english = staff && sentenceOf(fault.code, staff.problems);
  if (english) return say(english, fault, "en", staff.spans);
  return fault.problem.detail || general || fault.code;
}

/** Null when the file cannot be fetched either: what the API itself said is better than nothing then. */
async function read<Read>(book: () => Promise<Read>): Promise<Read | null> {
  try {
    return await book();
  } catch {
    return null;
  }
}

function sentenceOf(code: string, sentences: Sentences): Sentence | null {
  return Object.hasOwn(sentences, code) ? (sentences[code] ?? null) : null;
}

function plain(sentence: Sentence | undefined): string | undefined {
  return typeof sentence === "object" ? sentence.plain : sentence;
}

function say(sentence: Sentence, fault: ApiProblem, locale: Locale, spans: Spans): string {
  if (typeof sentence === "string") return sentence;
  const places = placesOf(sentence.exact);
  const parameters: Parameters = {};
  for (const place of places) {
    const value = place === "retry_after" ? wait(fault.retryAfter, locale, spans) : member(place, fault, locale);
    if (value === null) return sentence.plain;
    parameters[place] = value;
  }
  return fill(sentence.exact, locale, { ...parameters, count: parameters[places[0] ?? ""] ?? 0 });
}

export function placesOf(message: Message): string[] {
  const text = typeof message === "string" ? message : message.other;
  return [...text.matchAll(/\{(\w+)\}/g)].map(([, name]) => name ?? "");
}

/** A member as people write it; null when it did not come, or is nothing that can be said. */
function member(name: string, fault: ApiProblem, locale: Locale): string | number | null {
  const value = fault.problem[name];
  if (typeof value === "number") return AMOUNTS.has(name) ? money({ amount: value, currency: "INR" }, locale) : value;
  if (typeof value === "string") return value.replaceAll("_", " ") || null;
  return Array.isArray(value) ? namesIn(value) : null;
}

/** The names of things in a list, the first few of them. */
function namesIn(list: unknown[]): string | null {
  const names = list.map((one) => (typeof one === "string" ? one : nameOf(one)));
  if (!names.length || names.includes("")) return null;
  return names.slice(0, MOST_NAMES).join(", ") + (names.length > MOST_NAMES ? ", …" : "");
}

function nameOf(thing: unknown): string {
  const name = typeof thing === "object" && thing !== null && "name" in thing ? thing.name : "";
  return typeof name === "string" ? name : "";
}

/** How long to wait, in words: never less than it is. */
function wait(seconds: number | null, locale: Locale, spans: Spans): string | null {
  if (seconds === null) return null;
  const long = seconds > 90;
  return fill(long ? spans.minutes : spans.seconds, locale, { count: Math.ceil(long ? seconds / 60 : seconds) });
}
