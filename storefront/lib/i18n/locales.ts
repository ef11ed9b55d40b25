/** The languages of the shop, by BCP 47 tag, named as their readers name them. */
export const LOCALES = { en: "English", hi: "हिन्दी", or: "ଓଡ଼ିଆ", vi: "Tiếng Việt" } as const;
export type Locale = keyof typeof LOCALES;
export const LOCALE_COOKIE = "lang";

export function isLocale(value: unknown): value is Locale {
  return typeof value === "string" && Object.hasOwn(LOCALES, value);
}

/** The first of our languages in an Accept-Language header (RFC 9110 §12.5.4), by weight; else English. */
export function preferredLocale(header: string | null): Locale {
  const wishes = (header ?? "")
    .split(",")
    .map((part) => {
      const [tag = "", ...parameters] = part.trim().split(";");
      const weight = parameters.find((parameter) => parameter.trim().startsWith("q="));
      return { language: tag.trim().toLowerCase().split("-")[0], weight: weight ? Number(weight.trim().slice(2)) : 1 };
    })
    .sort((one, other) => other.weight - one.weight);
  for (const { language, weight } of wishes) if (weight > 0 && isLocale(language)) return language;
  return "en";
}
