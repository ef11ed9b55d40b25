"use client";

import { Broken } from "@/components/ui/broken";
import { useT } from "@/lib/i18n/client";

export default function RideBroken({ reset }: { reset: () => void }) {
  const t = useT();
  return <main><Broken title={t("ride.broken")} again={t("tryAgain")} reset={reset}>{t("ride.brokenText")}</Broken></main>;
}
