"use client";

import { useSyncExternalStore } from "react";
import { useLocale } from "@/lib/i18n/client";
import { dateAndTime, timeOfDay } from "@/lib/time";

const never = () => () => {};

/** A moment by the reader's own clock, which only the browser knows; today's without the date. */
export function LocalTime({ at }: { at: string }) {
  const locale = useLocale();
  const here = useSyncExternalStore(never, () => true, () => false);
  if (!here) return <time dateTime={at}>…</time>;
  const today = new Date(at).toDateString() === new Date().toDateString();
  return <time dateTime={at}>{today ? timeOfDay(at, locale) : dateAndTime(at, locale)}</time>;
}
