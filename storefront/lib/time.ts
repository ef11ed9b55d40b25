import { dates, numbers } from "@/lib/i18n/formats";
import { tagOf } from "@/lib/i18n/translate";
import type { Locale } from "@/lib/i18n/locales";

// The shop's clock, not that of the machine: server and browser write the same time wherever they run.
const ZONE = "Asia/Kolkata";

/** Minutes for a promise: never shorter than what the seconds say. */
export function minutes(seconds: number): number {
  return Math.max(1, Math.ceil(seconds / 60));
}

/** 4:07 of what is left; 0:00 from the moment on. */
export function clock(seconds: number): string {
  const left = Math.max(0, Math.floor(seconds));
  return `${Math.floor(left / 60)}:${String(left % 60).padStart(2, "0")}`;
}

export function timeOfDay(at: string, locale: Locale = "en"): string {
  return dates(tagOf(locale), { hour: "numeric", minute: "2-digit", timeZone: ZONE }).format(new Date(at));
}

export function dateAndTime(at: string, locale: Locale = "en"): string {
  return dates(tagOf(locale), { day: "numeric", month: "short", hour: "numeric", minute: "2-digit", timeZone: ZONE }).format(new Date(at));
}

/** 350 m, 1.2 km. */
export function distance(metres: number, locale: Locale = "en"): string {
  const far = metres >= 1_000;
  return numbers(tagOf(locale), {
    style: "unit",
    unit: far ? "kilometer" : "meter",
    unitDisplay: "short",
    maximumFractionDigits: far ? 1 : 0,
  }).format(far ? metres / 1_000 : Math.round(metres / 10) * 10);
}
