// Four languages, the same keys, nothing forgotten. A failure names the file, the key and what is wrong.
import { describe, expect, test } from "vitest";
import { LOCALES, type Locale } from "@/lib/i18n/locales";
import type { Dictionary } from "@/lib/i18n/translate";
import { faultsOf, forms, OTHERS, places, pluralFaults } from "@/tests/languages";

const FILES = ["common", "browse", "buy", "ride"] as const;
type File = (typeof FILES)[number];

async function words(locale: Locale, file: File): Promise<Dictionary> {
  const found = (await import(`../lib/i18n/${locale}/${file}.ts`)) as Record<string, Dictionary>;
  return found[file] ?? {};
}

describe.each(FILES)("%s", (file) => {
  test.each(OTHERS)("%s has exactly the keys of English", async (locale) => {
    const english = Object.keys(await words("en", file));
    const own = Object.keys(await words(locale, file));

    expect(own.filter((key) => !english.includes(key)), `lib/i18n/${locale}/${file}.ts has keys that English has not`).toEqual([]);
    expect(english.filter((key) => !own.includes(key)), `lib/i18n/${locale}/${file}.ts lacks keys`).toEqual([]);
  });

  test.each(OTHERS)("%s says each of them in its own words", async (locale) => {
    const english = await words("en", file);
    const faults = Object.entries(await words(locale, file)).flatMap(([key, message]) =>
      key in english ? faultsOf(message, english[key] ?? "", locale).map((fault) => `${key} ${fault}`) : [],
    );

    expect(faults, `lib/i18n/${locale}/${file}.ts`).toEqual([]);
  });

  test("English has its plural forms, and a number in each", async () => {
    const faults = Object.entries(await words("en", file)).flatMap(([key, message]) => [
      ...pluralFaults(message, "en").map((fault) => `${key} ${fault}`),
      ...(typeof message === "object" && !places(message.other).includes("count") ? [`${key} counts nothing`] : []),
    ]);

    expect(faults, `lib/i18n/en/${file}.ts`).toEqual([]);
  });
});

test.each(Object.keys(LOCALES) as Locale[])("%s says something for each key, without loose spaces", async (locale) => {
  const faults: string[] = [];
  for (const file of FILES) {
    for (const [key, message] of Object.entries(await words(locale, file))) {
      for (const text of forms(message)) if (!text.trim() || text !== text.trim() || text.includes("  ")) faults.push(`lib/i18n/${locale}/${file}.ts ${key}: “${text}”`);
    }
  }

  expect(faults).toEqual([]);
});

test("no key stands in two files", async () => {
  const seen = new Map<string, string>();
  const twice: string[] = [];
  for (const file of FILES) {
    for (const key of Object.keys(await words("en", file))) {
      if (seen.has(key)) twice.push(`${key} in ${seen.get(key)} and ${file}`);
      seen.set(key, file);
    }
  }

  expect(twice).toEqual([]);
});
