"use client";

import { MapPinOff, Store } from "lucide-react";
import type { Looked } from "@/components/shop/location/places";
import { LocalTime } from "@/components/shop/local-time";
import { Button } from "@/components/ui/button";
import { useLocale, useT } from "@/lib/i18n/client";
import type { Place } from "@/lib/place";
import { distance, minutes } from "@/lib/time";

/** Who delivers to the point that was asked about, and the button to shop there; or the nearest area served. */
export function LookedPanel({ looked, onChoose }: { looked: Looked; onChoose: (place: Place) => void }) {
  const t = useT();
  const locale = useLocale();
  const { place, answer } = looked;
  const nearest = answer.nearest;
  const closed = answer.reason === "all_closed";
  return (
    <div role="status" className="grid gap-3 rounded-xl border border-line bg-sunken p-4">
      <p className="flex items-start gap-3">
        {answer.serviceable || closed ? <Store aria-hidden="true" className="mt-0.5 size-5 shrink-0 text-brand" /> : <MapPinOff aria-hidden="true" className="mt-0.5 size-5 shrink-0 text-warn" />}
        <span>
          <strong className="block">{place.label}</strong>
          {answer.store && <span className="text-muted">{answer.store.name} · {distance(answer.store.distance_m, locale)} · {t("header.minutes", { count: minutes(answer.store.eta_s) })}</span>}
          {closed && <span className="text-muted">{t("store.closed")}{answer.opens_at && <> · {t("store.opensAt")} <LocalTime at={answer.opens_at} /></>}</span>}
          {!answer.serviceable && !closed && <span className="text-muted">{t("outside.title", { place: place.label })}</span>}
          {nearest && <span className="block text-muted">{t("outside.nearest", { area: nearest.name, distance: distance(nearest.distance_m, locale) })}</span>}
        </span>
      </p>
      {(answer.serviceable || closed) && <Button wide onClick={() => onChoose(place)}>{t("location.deliverHere")}</Button>}
      {nearest && <Button wide look="secondary" onClick={() => onChoose({ lat: nearest.location.coordinates[1] ?? 0, lng: nearest.location.coordinates[0] ?? 0, label: nearest.name })}>{t("outside.shopThere", { area: nearest.name })}</Button>}
    </div>
  );
}
