"use client";

import { useState } from "react";
import useSWR from "swr";
import { PinMap, type Spot } from "@/components/shop/account/pin-map";
import { useForm } from "@/components/shop/account/use-form";
import { Button } from "@/components/ui/button";
import { cx } from "@/components/ui/cx";
import { TextArea, TextField } from "@/components/ui/field";
import { Banner } from "@/components/ui/states";
import { api, call } from "@/lib/api/client";
import type { Address } from "@/lib/api/types";
import type { Key } from "@/lib/i18n/dictionaries";
import { useT } from "@/lib/i18n/client";
import { readPlace, PLACE_COOKIE } from "@/lib/place";
import { cookie } from "@/lib/api/client";
import { minutes } from "@/lib/time";

const LABELS: Key[] = ["address.home", "address.work", "address.other"];
// Where the map begins for somebody who never said a place: the middle of the city.
const CITY: Spot = { lat: 20.2961, lng: 85.8245 };

/** A new address, or `address` to change. */
export function AddressForm({ address, onSaved }: { address?: Address; onSaved: (saved: Address) => void }) {
  const t = useT();
  const form = useForm();
  const [spot, setSpot] = useState<Spot>(() => startOf(address));
  const [label, setLabel] = useState(address?.label ?? t("address.home"));
  const [text, setText] = useState(address?.text ?? "");
  const [unit, setUnit] = useState(address?.unit ?? "");
  const [doorNote, setDoorNote] = useState(address?.door_note ?? "");

  const save = () => form.submit(async () => {
    const location = { type: "Point" as const, coordinates: [spot.lng, spot.lat] };
    const body = { label: label.trim(), text: text.trim(), unit: unit.trim() || null, door_note: doorNote.trim() || null, location };
    const saved = await call(
      address
        ? api.PUT("/api/v1/me/addresses/{address_id}", { params: { path: { address_id: address.id } }, body })
        : api.POST("/api/v1/me/addresses", { body }),
    );
    onSaved(saved);
  });

  return (
    <form className="grid gap-4" onSubmit={(event) => { event.preventDefault(); void save(); }}>
      <PinMap value={spot} onChange={setSpot} />
      <Served spot={spot} />
      <TextField label={t("address.unit")} name="unit" autoComplete="address-line2" maxLength={100} value={unit} error={form.errorOf("unit")} onChange={(event) => setUnit(event.target.value)} />
      <TextField label={t("address.text")} name="text" autoComplete="street-address" required maxLength={300} value={text} error={form.errorOf("text")} onChange={(event) => setText(event.target.value)} />
      <TextArea label={t("address.doorNote")} name="door_note" rows={2} maxLength={200} hint={t("address.doorNoteHint")} value={doorNote} error={form.errorOf("door_note")} onChange={(event) => setDoorNote(event.target.value)} />
      <div className="grid gap-2">
        <div role="group" aria-label={t("address.label")} className="flex flex-wrap gap-2">
          {LABELS.map((key) => (
            <button key={key} type="button" aria-pressed={label === t(key)} onClick={() => setLabel(t(key))} className={cx("min-h-11 rounded-full border px-4 font-semibold", label === t(key) ? "border-brand bg-brand-soft text-brand-deep" : "border-edge")}>{t(key)}</button>
          ))}
        </div>
        <TextField label={t("address.label")} name="label" required maxLength={40} value={label} error={form.errorOf("label")} onChange={(event) => setLabel(event.target.value)} />
      </div>
      {form.error && <Banner tone="bad">{form.error}</Banner>}
      <Button type="submit" wide size="large" busy={form.busy}>{t("address.save")}</Button>
    </form>
  );
}

function startOf(address: Address | undefined): Spot {
  if (address) return { lat: address.location.coordinates[1] ?? CITY.lat, lng: address.location.coordinates[0] ?? CITY.lng };
  return readPlace(cookie(PLACE_COOKIE)) ?? CITY;
}

/** Whether a store brings things to the pin; said at once, not after the form is filled. */
function Served({ spot }: { spot: Spot }) {
  const t = useT();
  const at = { lat: Number(spot.lat.toFixed(5)), lng: Number(spot.lng.toFixed(5)) };
  const { data } = useSWR(["serviceability", at.lat, at.lng], () => call(api.GET("/api/v1/serviceability", { params: { query: at } })), { keepPreviousData: true, revalidateOnFocus: false });
  return (
    <p role="status" className={cx("min-h-6 text-sm font-medium", data && !data.serviceable ? "text-warn" : "text-brand-deep")}>
      {data && (data.store ? t("address.served", { store: data.store.name, count: minutes(data.store.eta_s) }) : t(data.reason === "all_closed" ? "address.closedNow" : "address.notServed"))}
    </p>
  );
}
