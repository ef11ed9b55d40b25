"use client";

import { Broken } from "@/components/ui/broken";
import { useT } from "@/lib/i18n/client";

export default function ShopBroken({ reset }: { reset: () => void }) {
  const t = useT();
  return <Broken title={t("broken.title")} again={t("tryAgain")} reset={reset}>{t("broken.text")}</Broken>;
}
