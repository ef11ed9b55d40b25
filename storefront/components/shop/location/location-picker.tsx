"use client";

import dynamic from "next/dynamic";
import { LookedPanel } from "@/components/shop/location/looked-panel";
import { PlaceFinder } from "@/components/shop/location/place-finder";
import { useChoosePlace } from "@/components/shop/location/use-choose-place";
import { Dialog } from "@/components/ui/dialog";
import { Skeleton } from "@/components/ui/states";
import { useT } from "@/lib/i18n/client";

const PlaceMap = dynamic(() => import("@/components/shop/location/place-map"), { ssr: false, loading: () => <Skeleton className="h-72 rounded-xl" /> });

/** Where to deliver: search, the browser's position, or a tap on the map with the areas served. */
export function LocationPicker({ open, onClose }: { open: boolean; onClose: () => void }) {
  const t = useT();
  const { looked, look, lookAndChoose, choose, busy } = useChoosePlace(onClose);
  return (
    <Dialog open={open} onClose={onClose} title={t("location.title")} closeLabel={t("close")}>
      <div className="grid gap-4">
        <PlaceFinder onPoint={lookAndChoose} busy={busy} inline />
        {looked && <LookedPanel looked={looked} onChoose={choose} />}
        <p className="text-sm font-medium">{t("location.orTap")}</p>
        <PlaceMap label={t("location.map")} at={looked?.place ?? null} onTap={(lat, lng) => void look(lat, lng, null)} />
      </div>
    </Dialog>
  );
}
