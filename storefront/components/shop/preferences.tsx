"use client";

import { useRouter } from "next/navigation";
import { useId, type ReactNode } from "react";
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
    <Choice label={t("footer.language")} chosen={locale} onChange={change}>
      {Object.entries(LOCALES).map(([tag, name]) => <option key={tag} value={tag} lang={tag}>{name}</option>)}
    </Choice>
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
    <Choice label={t("footer.theme")} chosen={theme} onChange={change}>
      <option value="system">{t("footer.system")}</option>
      <option value="light">{t("footer.light")}</option>
      <option value="dark">{t("footer.dark")}</option>
    </Choice>
  );
}

function Choice({ label, chosen, onChange, children }: { label: string; chosen: string; onChange: (next: string) => void; children: ReactNode }) {
  const id = useId();
  return (
    <div className="grid gap-1.5">
      <label htmlFor={id} className="font-medium">{label}</label>
      <select id={id} defaultValue={chosen} onChange={(event) => onChange(event.target.value)} className="min-h-11 w-full rounded-xl border border-edge bg-surface px-3">{children}</select>
    </div>
  );
}
