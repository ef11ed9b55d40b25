"use client";

import { useRouter } from "next/navigation";
import { startTransition } from "react";
import { Button } from "@/components/ui/button";
import { Notice } from "@/components/ui/states";
import { useT } from "@/lib/i18n/client";

export default function Broken({ reset }: { reset: () => void }) {
  const t = useT();
  const router = useRouter();
  const again = () => startTransition(() => { router.refresh(); reset(); });
  return (
    <Notice heading="h1" title={t("broken.title")} action={<Button onClick={again}>{t("tryAgain")}</Button>}>
      {t("broken.text")}
    </Notice>
  );
}
