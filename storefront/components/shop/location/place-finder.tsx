"use client";

import { LocateFixed, MapPin } from "lucide-react";
import { useState } from "react";
import useSWR from "swr";
import { Combobox } from "@/components/shop/combobox";
import { findPlaces, ownPosition, type KnownPlace } from "@/components/shop/location/places";
import { useDebounced } from "@/components/shop/use-debounced";
import { Button } from "@/components/ui/button";
import { Badge } from "@/components/ui/states";
import { useLocale, useT } from "@/lib/i18n/client";

type Props = {
  /** A point was chosen; `label` null when it has no name yet. */
  onPoint: (lat: number, lng: number, label: string | null) => Promise<void>;
  busy: boolean;
  inline?: boolean;
};

/** Two ways to say where: a search over known places, and the browser's own position. */
export function PlaceFinder({ onPoint, busy, inline }: Props) {
  const t = useT();
  const lang = useLocale();
  const [text, setText] = useState("");
  const [locating, setLocating] = useState(false);
  const [refused, setRefused] = useState<string | null>(null);
  const q = useDebounced(text.trim());
  const { data, error, isLoading } = useSWR(["places", q, lang], () => findPlaces(q, lang), { keepPreviousData: true, revalidateOnFocus: false });
  const nothing = q !== "" && !isLoading && (error || data?.length === 0);

  function pick(place: KnownPlace): void {
    const [lng = 0, lat = 0] = place.location.coordinates;
    setText(place.name);
    setRefused(null);
    void onPoint(lat, lng, place.name);
  }

  async function locate(): Promise<void> {
    setRefused(null);
    setLocating(true);
    try {
      const { latitude, longitude } = await ownPosition();
      await onPoint(latitude, longitude, null);
    } catch (fault) {
      const denied = fault instanceof GeolocationPositionError && fault.code === fault.PERMISSION_DENIED;
      setRefused(t(denied ? "location.denied" : "location.noFix"));
    } finally {
      setLocating(false);
    }
  }

  return (
    <div className="grid gap-3">
      <Combobox
        label={t("location.search")}
        placeholder={t("location.searchHint")}
        clearLabel={t("search.clear")}
        value={text}
        onChange={setText}
        items={data ?? []}
        keyOf={(place) => place.id}
        row={(place) => (
          <>
            <MapPin aria-hidden="true" className="size-4 shrink-0 text-muted" />
            <span className="min-w-0 flex-1"><span className="font-medium">{place.name}</span>{place.city && <span className="text-sm text-muted"> · {place.city}</span>}</span>
            {!place.serviceable && <Badge>{t("location.notYet")}</Badge>}
          </>
        )}
        onPick={pick}
        status={nothing ? t("location.noneFound") : undefined}
        icon={<MapPin className="size-5" />}
        maxLength={80}
        inline={inline}
      />
      <Button look="secondary" wide busy={locating || busy} icon={<LocateFixed aria-hidden="true" className="size-5" />} onClick={() => void locate()}>{t("location.useMine")}</Button>
      {refused && <p role="alert" className="text-sm font-medium text-danger">{refused}</p>}
    </div>
  );
}
