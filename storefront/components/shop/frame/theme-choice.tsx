"use client";

import { Monitor, Moon, Sun } from "lucide-react";
import { useState } from "react";
import { cx } from "@/components/ui/cx";
import { useT } from "@/lib/i18n/client";

const THEMES = [
  { value: "system", sign: Monitor },
  { value: "light", sign: Sun },
  { value: "dark", sign: Moon },
] as const;

export type Theme = (typeof THEMES)[number]["value"];

/** By day, by night, or as the device says; remembered in a cookie so that the server draws it at once. */
export function ThemeChoice({ kept }: { kept: Theme }) {
  const t = useT();
  const [theme, setTheme] = useState<Theme>(kept);
  function choose(next: Theme): void {
    setTheme(next);
    if (next === "system") delete document.documentElement.dataset.theme;
    else document.documentElement.dataset.theme = next;
    document.cookie = `theme=${next}; path=/; max-age=31536000; samesite=lax`;
  }
  return (
    <fieldset className="flex flex-wrap items-center gap-1">
      <legend className="sr-only">{t("footer.theme")}</legend>
      {THEMES.map(({ value, sign: Sign }) => (
        <label key={value} className={cx("tap inline-flex items-center justify-center gap-2 rounded-lg px-3 hover:bg-sunken has-focus-visible:outline-3 has-focus-visible:outline-info", theme === value && "bg-brand-soft font-bold text-brand-deep")}>
          <input type="radio" name="theme" value={value} checked={theme === value} onChange={() => choose(value)} className="sr-only" />
          <Sign aria-hidden="true" className="size-4" />
          {t(`theme.${value}`)}
        </label>
      ))}
    </fieldset>
  );
}
