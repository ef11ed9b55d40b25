"use client";

import type { Map as LeafletMapType, Marker } from "leaflet";
import { LocateFixed, MapPin } from "lucide-react";
import dynamic from "next/dynamic";
import { useRouter } from "next/navigation";
import { useEffect, useRef, useState } from "react";
import useSWR from "swr";
import { Button } from "@/components/ui/button";
import { Dialog } from "@/components/ui/dialog";
import { TextField } from "@/components/ui/field";
import { Badge } from "@/components/ui/states";
import { toast } from "@/components/ui/toast";
import { useT } from "@/lib/i18n/client";
import { cookie } from "@/lib/api/client";
import { PLACE_COOKIE, readPlace, rememberPlace, type Place } from "@/lib/place";
import { asPlace, findPlaces, nameOf } from "@/lib/places";

const LeafletMap = dynamic(() => import("@/components/map/leaflet-map"), { ssr: false });
const CITY: [number, number] = [20.296, 85.8245];

/** The choice of where to deliver: own position, a known place, or a tap on the map. */
export function LocationPicker({ open, onClose, onChosen }: { open: boolean; onClose: () => void; onChosen?: (place: Place) => void }) {
  const t = useT();
  const router = useRouter();
  const [words, setWords] = useState("");
  const [asked, setAsked] = useState("");
  const [pin, setPin] = useState<Place | null>(() => readPlace(cookie(PLACE_COOKIE)));
  const [looking, setLooking] = useState(false);
  const { data: places = [], isLoading } = useSWR(open ? ["places", asked] : null, () => findPlaces(asked), { keepPreviousData: true });

  useEffect(() => {
    const timer = setTimeout(() => setAsked(words), 200);
    return () => clearTimeout(timer);
  }, [words]);

  const choose = (place: Place) => {
    onClose();
    if (onChosen) return onChosen(place);
    rememberPlace(place);
    router.refresh();
  };
  const named = async (lat: number, lng: number): Promise<Place> => ({ lat, lng, label: (await nameOf(lat, lng).catch(() => null)) ?? t("place.pinned") });
  const locate = () => {
    setLooking(true);
    navigator.geolocation.getCurrentPosition(
      async ({ coords }) => {
        setLooking(false);
        choose(await named(coords.latitude, coords.longitude));
      },
      () => {
        setLooking(false);
        toast(t("place.denied"), "refused");
      },
      { enableHighAccuracy: true, timeout: 10_000, maximumAge: 60_000 },
    );
  };

  return (
    <Dialog
      open={open}
      onClose={onClose}
      title={t("place.title")}
      closeLabel={t("close")}
      footer={pin && <Button wide size="large" onClick={() => choose(pin)}>{t("place.confirm", { label: pin.label })}</Button>}
    >
      <div className="grid gap-4">
        <Button look="secondary" size="large" wide busy={looking} icon={<LocateFixed aria-hidden="true" className="size-5" />} onClick={locate}>
          {looking ? t("place.using") : t("place.use")}
        </Button>
        <TextField label={t("place.search")} type="search" autoComplete="off" value={words} onChange={(event) => setWords(event.target.value)} />
        <ul aria-label={t("place.known")} aria-busy={isLoading} className="grid max-h-44 overflow-y-auto rounded-xl border border-line">
          {places.map((place) => (
            <li key={place.id} className="border-b border-line last:border-0">
              <button type="button" onClick={() => choose(asPlace(place))} className="flex min-h-11 w-full items-center gap-2 px-3 py-2 text-left leading-tight hover:bg-sunken">
                <MapPin aria-hidden="true" className="size-4 shrink-0 text-muted" />
                <span className="flex-1">{place.name}</span>
                <Badge tone={place.serviceable ? "good" : "plain"}>{place.serviceable ? t("place.served") : t("place.notServed")}</Badge>
              </button>
            </li>
          ))}
          {!isLoading && places.length === 0 && <li className="p-3 text-muted">{t("place.noneFound")}</li>}
        </ul>
        <PinMap pin={pin} onPin={async (lat, lng) => setPin(await named(lat, lng))} />
      </div>
    </Dialog>
  );
}

/** A map with the served areas where a tap puts the pin. */
export function PinMap({ pin, onPin, className }: { pin: Place | null; onPin: (lat: number, lng: number) => void; className?: string }) {
  const t = useT();
  const [map, setMap] = useState<LeafletMapType | null>(null);
  const marker = useRef<Marker | null>(null);
  const tell = useRef(onPin);
  useEffect(() => { tell.current = onPin; });

  useEffect(() => {
    if (!map) return;
    const stop = new AbortController();
    void import("@/components/map/ground").then(({ drawGround }) => drawGround(map, { signal: stop.signal }));
    const hear = (event: { latlng: { lat: number; lng: number } }) => tell.current(event.latlng.lat, event.latlng.lng);
    map.on("click", hear);
    return () => { stop.abort(); map.off("click", hear); };
  }, [map]);

  useEffect(() => {
    if (!map || !pin) return;
    void import("@/components/map/marks").then(({ mark }) => {
      marker.current?.remove();
      marker.current = mark([pin.lat, pin.lng], "home", pin.label).addTo(map);
      if (!map.getBounds().pad(-0.1).contains([pin.lat, pin.lng])) map.setView([pin.lat, pin.lng], 15);
    });
  }, [map, pin]);

  return <LeafletMap centre={pin ? [pin.lat, pin.lng] : CITY} zoom={pin ? 15 : 12} label={t("place.map")} className={className ?? "h-64 w-full overflow-hidden rounded-xl border border-line"} onReady={setMap} />;
}
