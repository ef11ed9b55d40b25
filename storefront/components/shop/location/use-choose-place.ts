"use client";

import { useRouter } from "next/navigation";
import { useState, useTransition } from "react";
import { lookAt, type Looked } from "@/components/shop/location/places";
import { useLocale, useT } from "@/lib/i18n/client";
import { rememberPlace, type Place } from "@/lib/place";
import { useAction } from "@/lib/problems/use-problem";

/**
 * Chooses where to shop. `look` asks about a point and keeps the answer in `looked`; `choose` remembers a place and
 * renders the pages for it.
 */
export function useChoosePlace(onChosen?: () => void) {
  const t = useT();
  const lang = useLocale();
  const router = useRouter();
  const { busy, run } = useAction();
  const [refreshing, startRefresh] = useTransition();
  const [looked, setLooked] = useState<Looked | null>(null);

  function choose(place: Place): void {
    rememberPlace(place);
    setLooked(null);
    startRefresh(() => router.refresh());
    onChosen?.();
  }

  async function look(lat: number, lng: number, label: string | null): Promise<Looked | undefined> {
    const found = await run(() => lookAt(lat, lng, lang, label, t("location.pin")));
    if (found) setLooked(found);
    return found;
  }

  /** Goes there at once where somebody delivers; else the answer says so. */
  async function lookAndChoose(lat: number, lng: number, label: string | null): Promise<void> {
    const found = await look(lat, lng, label);
    if (found && (found.answer.serviceable || found.answer.reason === "all_closed")) choose(found.place);
  }

  return { looked, look, lookAndChoose, choose, busy: busy || refreshing };
}
