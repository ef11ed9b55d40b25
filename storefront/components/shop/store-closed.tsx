import { LocalTime } from "@/components/shop/local-time";
import { Banner } from "@/components/ui/states";
import type { ShelfStore } from "@/lib/api/types";
import { getT } from "@/lib/i18n/server";

/** Nothing while the store is open; else that it is not, and until when. */
export async function StoreClosed({ store }: { store: ShelfStore | null }) {
  if (!store || store.open) return null;
  const t = await getT();
  return (
    <Banner tone="warn">
      <strong>{t("closed.title", { store: store.name })}.</strong>{" "}
      {store.opens_at ? <>{t("closed.opensAt")} <LocalTime at={store.opens_at} />. {t("closed.until")}</> : t("closed.plain")}
    </Banner>
  );
}
