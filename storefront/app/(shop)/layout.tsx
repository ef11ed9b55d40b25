import type { ReactNode } from "react";
import { LanguageProvider } from "@/lib/i18n/client";
import { shopWords } from "@/lib/i18n/dictionaries";
import { getLocale } from "@/lib/i18n/server";

export default async function ShopLayout({ children }: { children: ReactNode }) {
  const locale = await getLocale();
  return (
    <LanguageProvider locale={locale} words={shopWords[locale]}>
      {children}
    </LanguageProvider>
  );
}
