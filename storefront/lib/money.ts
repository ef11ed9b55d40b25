import { numbers } from "@/lib/i18n/formats";
import { tagOf } from "@/lib/i18n/translate";
import type { Locale } from "@/lib/i18n/locales";

/** Integer minor units (paise) and an ISO 4217 code, as the API gives them. */
export type Money = { amount: number; currency: string };

/** ₹129.50, ₹129: whole amounts lose their empty decimals. */
export function money({ amount, currency }: Money, locale: Locale = "en"): string {
  return numbers(tagOf(locale), {
    style: "currency",
    currency,
    currencyDisplay: "narrowSymbol",
    minimumFractionDigits: amount % 100 === 0 ? 0 : 2,
    maximumFractionDigits: 2,
  }).format(amount / 100);
}
