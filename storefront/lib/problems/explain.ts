import type { Locale } from "@/lib/i18n/locales";
import { ApiProblem } from "@/lib/api/problem";

type Sentences = Record<string, string>;

// Fetched when something goes wrong, not with each page.
const BOOKS: Record<Locale, () => Promise<{ problems: Sentences }>> = {
  en: () => import("@/lib/problems/en"),
  hi: () => import("@/lib/problems/hi"),
  or: () => import("@/lib/problems/or"),
  vi: () => import("@/lib/problems/vi"),
};

/** The sentence for people about anything that was thrown: what happened and the way on, in their language. */
export async function explain(fault: unknown, locale: Locale = "en"): Promise<string> {
  let sentences: Sentences = {};
  try {
    ({ problems: sentences } = await BOOKS[locale]());
  } catch {
    // The file could not be fetched either: what the API itself said is better than nothing.
  }
  if (!(fault instanceof ApiProblem)) return sentences.http_error ?? String(fault);
  const sentence = sentences[fault.code];
  if (!sentence) return fault.problem.detail || sentences.http_error || fault.code;
  return sentence.replace(/\{(\w+)\}/g, (_, name: string) => String(fault.problem[name] ?? fault.retryAfter ?? ""));
}
