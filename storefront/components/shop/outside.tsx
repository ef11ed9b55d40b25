import { ChoosePlace } from "@/components/shop/location/place-button";
import { ShopThere } from "@/components/shop/location/shop-there";
import { Icon } from "@/components/ui/icon";
import { Notice } from "@/components/ui/states";
import type { Serviceability } from "@/lib/api/types";
import { getLocale, getT } from "@/lib/i18n/server";
import type { Place } from "@/lib/place";
import { distance } from "@/lib/time";

/** For a place that no store serves: say so kindly, and name the nearest area that one does. */
export async function Outside({ place, answer }: { place: Place; answer: Serviceability | null }) {
  const [t, locale] = await Promise.all([getT(), getLocale()]);
  const nearest = answer?.nearest ?? null;
  return (
    <Notice
      icon={<Icon name="pin" className="size-8" />}
      title={t("outside.title")}
      action={
        <div className="flex flex-wrap justify-center gap-3">
          {nearest && <ShopThere label={nearest.name} lat={nearest.location.coordinates[1] ?? 0} lng={nearest.location.coordinates[0] ?? 0}>{t("outside.shopThere", { area: nearest.name })}</ShopThere>}
          <ChoosePlace look="secondary">{t("outside.other")}</ChoosePlace>
        </div>
      }
    >
      {nearest
        ? t("outside.text", { label: place.label, area: nearest.name, distance: distance(nearest.distance_m, locale) })
        : t("outside.textPlain", { label: place.label })}
    </Notice>
  );
}
