"use client";

import { Map } from "lucide-react";
import { askPlace } from "@/components/shop/location/open";
import { LookedPanel } from "@/components/shop/location/looked-panel";
import { PlaceFinder } from "@/components/shop/location/place-finder";
import { useChoosePlace } from "@/components/shop/location/use-choose-place";
import { Button } from "@/components/ui/button";
import { useT } from "@/lib/i18n/client";

/** Asks where, on the page itself. */
export function WhereForm() {
  const t = useT();
  const { looked, lookAndChoose, choose, busy } = useChoosePlace();
  return (
    <div className="grid gap-3">
      <PlaceFinder onPoint={lookAndChoose} busy={busy} />
      <Button look="quiet" icon={<Map aria-hidden="true" className="size-5" />} onClick={askPlace}>{t("location.onMap")}</Button>
      {looked && <LookedPanel looked={looked} onChoose={choose} />}
    </div>
  );
}
