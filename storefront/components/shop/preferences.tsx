"use client";

import { useRouter } from "next/navigation";
import { Select } from "@/components/ui/field";
import { useT } from "@/lib/i18n/client";
import { LOCALE_COOKIE, LOCALES, type Locale } from "@/lib/i18n/locales";

const YEAR = "path=/; max-age=31536000; samesite=lax";

export function LanguageSwitch({ locale }: { locale: Locale }) {
  const t = useT();
  const router = useRouter();
  const change = (next: string) => {
    document.cookie = `${LOCALE_COOKIE}=${next}; ${YEAR}`;
    router.refresh();
  };
  return (
    <Select label={t("footer.language")} defaultValue={locale} onChange={(event) => change(event.target.value)}>
      {Object.entries(LOCALES).map(([tag, name]) => <option key={tag} value={tag} lang={tag}>{name}</option>)}
    </Select>
  );
}

export function ThemeSwitch({ theme }: { theme: string }) {
  const t = useT();
  const change = (next: string) => {
    document.cookie = `theme=${next}; ${YEAR}`;
    if (next === "system") delete document.documentElement.dataset.theme;
    else document.documentElement.dataset.theme = next;
  };
  return (
    <Select label={t("footer.theme")} defaultValue={theme} onChange={(event) => change(event.target.value)}>
      <option value="system">{t("footer.system")}</option>
      <option value="light">{t("footer.light")}</option>
      <option value="dark">{t("footer.dark")}</option>
    </Select>
  );
}
