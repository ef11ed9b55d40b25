import { Banner } from "@/components/ui/states";
import type { ShelfStore } from "@/lib/api/types";
import { getLocale, getT } from "@/lib/i18n/server";
import { timeOfDay } from "@/lib/time";

/** Nothing while the store is open; else that it is not, and until when. */
export async function StoreClosed({ store }: { store: ShelfStore | null }) {
  if (!store || store.open) return null;
  const [t, locale] = await Promise.all([getT(), getLocale()]);
  return (
    <Banner tone="warn">
      <strong>{t("closed.title", { store: store.name })}</strong>{" "}
      {store.opens_at ? t("closed.opens", { time: timeOfDay(store.opens_at, locale) }) : t("closed.plain")}
    </Banner>
  );
}
