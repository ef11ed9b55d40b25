"use client";

import { lazy, Suspense, useState, type ComponentProps } from "react";
import { LocalTime } from "@/components/shop/local-time";
import { Button } from "@/components/ui/button";
import { Icon } from "@/components/ui/icon";
import { useLocale, useT } from "@/lib/i18n/client";
import type { Place } from "@/lib/place";
import { distance, minutes } from "@/lib/time";

// Not next/dynamic, which every page would load: these are never drawn on the server.
const LocationPicker = lazy(() => import("@/components/shop/location/location-picker").then(({ LocationPicker }) => ({ default: LocationPicker })));

type Near = { name: string; distance_m: number; eta_s: number };

/** Says where we deliver, from which store and how soon; opens the choice of another place. */
export function PlaceButton({ place, store, reason, opens }: { place: Place | null; store: Near | null; reason: string | null; opens: string | null }) {
  const t = useT();
  const locale = useLocale();
  const [open, setOpen] = useState(false);
  const promise = store ? t("place.promise", { minutes: minutes(store.eta_s) }) : reason === "outside_all_zones" ? t("place.outsideShort") : t("place.closed");
  return (
    <>
      <button type="button" onClick={() => setOpen(true)} data-testid="place" className="tap flex min-w-0 flex-1 items-center gap-2 rounded-xl px-2 text-left hover:bg-sunken md:max-w-xs md:flex-none">
        <Icon name="pin" className="size-6 shrink-0 text-brand-deep" />
        {place ? (
          <span className="min-w-0 flex-1 leading-tight">
            <span className="flex items-center gap-1 font-extrabold">
              <span className="sr-only">{t("place.change", { label: place.label })}, </span>
              <span className="whitespace-nowrap">{promise}</span>
              {store && <span aria-hidden="true" className="truncate font-semibold">· {place.label}</span>}
              <Icon name="down" className="size-4 shrink-0 text-muted" />
            </span>
            <span className="block truncate text-sm text-muted">
              {store ? t("place.promiseFrom", { store: store.name, distance: distance(store.distance_m, locale) }) : opens ? <>{t("closed.opensAt")} <LocalTime at={opens} /></> : place.label}
            </span>
          </span>
        ) : (
          <span className="font-bold">{t("place.choose")}</span>
        )}
      </button>
      {open && <Suspense><LocationPicker open={open} onClose={() => setOpen(false)} /></Suspense>}
    </>
  );
}

/** A button elsewhere on the page that opens the same choice. */
export function ChoosePlace({ children, look, size, className }: Pick<ComponentProps<typeof Button>, "children" | "look" | "size" | "className">) {
  const [open, setOpen] = useState(false);
  return (
    <>
      <Button look={look} size={size} className={className} icon={<Icon name="pin" className="size-4" />} onClick={() => setOpen(true)}>{children}</Button>
      {open && <Suspense><LocationPicker open={open} onClose={() => setOpen(false)} /></Suspense>}
    </>
  );
}
