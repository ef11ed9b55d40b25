import { expect, test } from "vitest";
import { word } from "@/lib/i18n/dictionaries";
import { isLocale, LOCALES, preferredLocale, type Locale } from "@/lib/i18n/locales";
import { fill } from "@/lib/i18n/translate";

test.each([
  [null, "en"], ["", "en"], ["*", "en"], ["fr-FR,de;q=0.8", "en"],
  ["hi", "hi"], ["or-IN,en;q=0.9", "or"], ["VI-vn", "vi"],
  ["fr, hi;q=0.5, vi;q=0.7", "vi"], ["hi;q=0, or;q=0.1", "or"], ["hi;q=nonsense, or", "or"],
] as const)("of %s the first of our languages is taken: %s", (header, locale) => {
  expect(preferredLocale(header)).toBe(locale);
});

test("a locale is one of ours and no inner name of an object", () => {
  expect(["en", "hi", "or", "vi"].every(isLocale)).toBe(true);
  expect(["fr", "toString", "__proto__", "", null, 1].some(isLocale)).toBe(false);
});

test("places are filled, numbers as India writes them", () => {
  expect(fill("{name} has {count}", "en", { name: "Asha", count: 123_456 })).toBe("Asha has 1,23,456");
  expect(fill("{count} मिनट", "hi", { count: 123_456 })).toBe("1,23,456 मिनट");
  expect(fill("{count} phút", "vi", { count: 123_456 })).toBe("123.456 phút");
});

test("a filled text is never filled again", () => {
  expect(fill("{name}", "en", { name: "{count} $1", count: 3 })).toBe("{count} $1");
});

test("a place without a value stays to be seen", () => {
  expect(fill("Hello {name}", "en")).toBe("Hello {name}");
});

test.each([
  ["en", 0, "0 items"], ["en", 1, "1 item"], ["en", 2, "2 items"],
  ["hi", 0, "0 item"], ["hi", 1, "1 item"], ["hi", 2, "2 items"], ["or", 1, "1 item"], ["or", 0, "0 items"], ["vi", 1, "1 items"],
] as const)("in %s %d takes its plural form: %s", (locale, count, text) => {
  expect(fill({ one: "{count} item", other: "{count} items" }, locale, { count })).toBe(text);
});

test("each language has its word for a key", () => {
  expect((Object.keys(LOCALES) as Locale[]).map((locale) => word(locale, "close"))).toEqual(["Close", "बंद करें", "ବନ୍ଦ କରନ୍ତୁ", "Đóng"]);
});
