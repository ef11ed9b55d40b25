"use client";

import { createContext, useCallback, useContext, type ReactNode } from "react";
import type { Key } from "@/lib/i18n/dictionaries";
import type { Locale } from "@/lib/i18n/locales";
import { fill, type Dictionary, type Parameters } from "@/lib/i18n/translate";

const Language = createContext<{ locale: Locale; words: Dictionary }>({ locale: "en", words: {} });

/** Hands the reader's dictionary to client components: one language travels, never all. */
export function LanguageProvider(props: { locale: Locale; words: Dictionary; children: ReactNode }) {
  const { locale, words, children } = props;
  return <Language value={{ locale, words }}>{children}</Language>;
}

export function useLocale(): Locale {
  return useContext(Language).locale;
}

/** `t` for client components. */
export function useT(): (key: Key, parameters?: Parameters) => string {
  const { locale, words } = useContext(Language);
  return useCallback((key, parameters) => fill(words[key] ?? key, locale, parameters), [words, locale]);
}
