import { ButtonLink } from "@/components/ui/button";
import { Icon } from "@/components/ui/icon";
import { Notice } from "@/components/ui/states";
import { getT } from "@/lib/i18n/server";

export default async function NotFound() {
  const t = await getT();
  return (
    <Notice heading="h1" icon={<Icon name="search" className="size-8" />} title={t("missing.title")} action={<ButtonLink href="/">{t("missing.home")}</ButtonLink>}>
      {t("missing.text")}
    </Notice>
  );
}
