import { SearchX } from "lucide-react";
import { ButtonLink } from "@/components/ui/button";
import { Notice } from "@/components/ui/states";
import { getT } from "@/lib/i18n/server";

export default async function NotFound() {
  const t = await getT();
  return (
    <Notice heading="h1" icon={<SearchX aria-hidden="true" className="size-8" />} title={t("missing.title")} action={<ButtonLink href="/">{t("missing.home")}</ButtonLink>}>
      {t("missing.text")}
    </Notice>
  );
}
