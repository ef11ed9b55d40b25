import { dates } from "@/lib/i18n/formats";
// A store's day is that of its own time zone, wherever the tablet or the manager is.

const LEAST_OFF_MS = 60_000;

export function shopTime(at: string, zone: string): string {
  return dates("en-IN", { hour: "numeric", minute: "2-digit", timeZone: zone }).format(new Date(at));
}

export function shopDate(at: string, zone: string): string {
  return dates("en-IN", { day: "numeric", month: "short", hour: "numeric", minute: "2-digit", timeZone: zone }).format(new Date(at));
}

/** The moment that a clock in the zone shows as `local` ("2026-11-21T18:30"). */
export function momentOf(local: string, zone: string): Date {
  const asUtc = Date.parse(`${local}Z`);
  // The second round is for moments near a change of the clocks.
  const first = asUtc - offset(new Date(asUtc), zone);
  return new Date(asUtc - offset(new Date(first), zone));
}

/** The end of the day in the zone; that of the next day when this one has less than a minute left. */
export function endOfDay(zone: string, now = new Date()): Date {
  const end = midnightAfter(now, zone);
  return end.getTime() - now.getTime() < LEAST_OFF_MS ? midnightAfter(end, zone) : end;
}

function midnightAfter(at: Date, zone: string): Date {
  const day = new Date(at.getTime() + offset(at, zone));
  day.setUTCHours(24, 0, 0, 0);
  return momentOf(day.toISOString().slice(0, 16), zone);
}

/** How far the zone's clock is before UTC at a moment, in milliseconds. */
function offset(at: Date, zone: string): number {
  const parts = dates("en-US", { timeZone: zone, hourCycle: "h23", year: "numeric", month: "numeric", day: "numeric", hour: "numeric", minute: "numeric", second: "numeric" }).formatToParts(at);
  const part = (type: Intl.DateTimeFormatPartTypes) => Number(parts.find((one) => one.type === type)?.value);
  const shown = Date.UTC(part("year"), part("month") - 1, part("day"), part("hour"), part("minute"), part("second"));
  return shown - Math.floor(at.getTime() / 1_000) * 1_000;
}
