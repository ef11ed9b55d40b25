// Each refusal of the API has a sentence for people. A failure names the code, the language and what is wrong.
import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { placesOf } from "@/lib/problems/explain";
import * as en from "@/lib/problems/en/people";
import * as staff from "@/lib/problems/en/staff";
import * as hi from "@/lib/problems/hi/people";
import * as or from "@/lib/problems/or/people";
import * as vi from "@/lib/problems/vi/people";
import type { Sentence, Sentences, Spans } from "@/lib/problems/sentence";
import { faultsOf, forms, OTHERS, places, pluralFaults } from "@/tests/languages";

// Said by these pages, never by the API.
const OWN = ["offline", "api_unreachable"];
const documented = [...readFileSync(new URL("../../docs/errors.md", import.meta.url), "utf8").matchAll(/^\| `(\w+)` \|/gm)].map(([, code]) => code ?? "");

const people: Sentences = en.problems;
const english: Sentences = { ...people, ...staff.problems };
const books: Record<(typeof OTHERS)[number], { problems: Sentences; spans: Spans }> = { hi, or, vi };

const plain = (sentence: Sentence) => (typeof sentence === "string" ? sentence : sentence.plain);
const exact = (sentence: Sentence) => (typeof sentence === "string" ? sentence : sentence.exact);

test("each documented code has a sentence", () => {
  expect(documented.length).toBeGreaterThan(100);
  expect(documented.filter((code) => !Object.hasOwn(english, code)), "add them to lib/problems/*/people.ts or en/staff.ts").toEqual([]);
});

test("no sentence is left over from a code that is gone", () => {
  expect(Object.keys(english).filter((code) => !documented.includes(code) && !OWN.includes(code)), "not in docs/errors.md").toEqual([]);
});

test("a code has one sentence: for people or for staff", () => {
  expect(Object.keys(staff.problems).filter((code) => Object.hasOwn(people, code))).toEqual([]);
});

test("English says two short things: what happened, and the way on", () => {
  const faults = Object.entries(english).flatMap(([code, sentence]) => [
    ...(/^[A-Z].*[.!]$/.test(plain(sentence)) ? [] : [`${code} is no sentence: ${plain(sentence)}`]),
    ...(plain(sentence).length > 160 ? [`${code} is long: ${plain(sentence).length} letters`] : []),
    ...(/\b(invalid|error|failed|forbidden|illegal|request|server|HTTP|API|token|JSON)\b/i.test(plain(sentence)) ? [`${code} speaks jargon: ${plain(sentence)}`] : []),
    ...(typeof sentence === "object" ? pluralFaults(sentence.exact, "en").map((fault) => `${code} ${fault}`) : []),
  ]);

  expect(faults).toEqual([]);
});

test("what may lack a member can be said without it", () => {
  const faults = Object.entries({ en: english, hi: hi.problems, or: or.problems, vi: vi.problems } as Record<string, Sentences>).flatMap(([locale, sentences]) =>
    Object.entries(sentences).flatMap(([code, sentence]) => [
      ...(places(plain(sentence)).length ? [`${locale} ${code}: the plain sentence has a hole`] : []),
      ...(typeof sentence === "object" && !placesOf(sentence.exact).length ? [`${locale} ${code}: the exact sentence names nothing`] : []),
    ]),
  );

  expect(faults).toEqual([]);
});

describe.each(OTHERS)("%s", (locale) => {
  const book = books[locale];
  const file = `lib/problems/${locale}/people.ts`;

  test("has exactly the codes that people can meet", () => {
    expect(Object.keys(book.problems).filter((code) => !Object.hasOwn(people, code)), `${file} has too many`).toEqual([]);
    expect(Object.keys(people).filter((code) => !Object.hasOwn(book.problems, code)), `${file} lacks`).toEqual([]);
  });

  test("says each of them in its own words", () => {
    const faults = Object.entries(book.problems).flatMap(([code, sentence]) => {
      const model = people[code] ?? "";
      return [
        ...faultsOf(exact(sentence), exact(model), locale),
        ...faultsOf(plain(sentence), plain(model), locale),
        ...(typeof sentence === typeof model ? [] : ["has another shape than English"]),
      ].map((fault) => `${code} ${fault}`);
    });

    expect(faults, file).toEqual([]);
  });

  test("counts seconds and minutes", () => {
    for (const span of ["seconds", "minutes"] as const) {
      expect(forms(book.spans[span]).every((text) => places(text).includes("count")), `${file} ${span}`).toBe(true);
      expect(faultsOf(book.spans[span], en.spans[span], locale), `${file} ${span}`).toEqual([]);
    }
  });
});
