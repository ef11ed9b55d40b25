import { expect, test } from "vitest";
import type { Locale } from "@/lib/i18n/locales";
import { money } from "@/lib/money";
import { clock, dateAndTime, distance, minutes, timeOfDay } from "@/lib/time";

/** Intl joins with spaces that do not break. */
const spaced = (text: string) => text.replace(/[\u00a0\u202f]/g, " ");

test.each([
  [12_950, "en", "₹129.50"], [12_900, "en", "₹129"], [5, "en", "₹0.05"], [0, "en", "₹0"], [12_345_600, "en", "₹1,23,456"], [-5_000, "en", "-₹50"],
  [12_345_650, "hi", "₹1,23,456.50"], [12_345_650, "or", "₹1,23,456.50"], [12_345_650, "vi", "123.456,50 ₹"],
] as const)("%d paise in %s are %s", (amount, locale, text) => {
  expect(spaced(money({ amount, currency: "INR" }, locale))).toBe(text);
});

test.each([[0, 1], [1, 1], [60, 1], [61, 2], [899, 15]])("a promise of %d s is never told shorter: %d min", (seconds, told) => {
  expect(minutes(seconds)).toBe(told);
});

test.each([[247, "4:07"], [59.9, "0:59"], [0, "0:00"], [-3, "0:00"], [3_600, "60:00"]])("%d s left read %s", (seconds, text) => {
  expect(clock(seconds)).toBe(text);
});

test.each([[4, "en", "0 m"], [354, "en", "350 m"], [1_000, "en", "1 km"], [1_240, "en", "1.2 km"], [1_240, "vi", "1,2 km"]] as const)(
  "%d m in %s are %s",
  (metres, locale, text) => {
    expect(spaced(distance(metres, locale))).toBe(text);
  },
);

test("times are those of the shop's city, wherever the page is made", () => {
  expect(spaced(timeOfDay("2026-11-21T09:38:00.000Z")).toLowerCase()).toBe("3:08 pm");
  expect(spaced(dateAndTime("2026-11-21T19:00:00.000Z")).toLowerCase()).toMatch(/^22 nov.* 12:30 am$/);
});

test("Odia is written alike by servers and browsers: browsers have no Odia dates", () => {
  const at = "2026-11-21T09:38:00.000Z";
  const writers: ((locale: Locale) => string)[] = [(locale) => timeOfDay(at, locale), (locale) => dateAndTime(at, locale), (locale) => distance(1_240, locale)];

  for (const write of writers) expect(write("or")).toBe(write("en"));
});
