import type { Metadata } from "next";
import type { ReactNode } from "react";
import { LanguageProvider } from "@/lib/i18n/client";
import { riderWords } from "@/lib/i18n/dictionaries";
import { getLocale, getT } from "@/lib/i18n/server";

export async function generateMetadata(): Promise<Metadata> {
  const t = await getT();
  return {
    title: { absolute: t("ride.title") },
    manifest: "/ride.webmanifest",
    robots: { index: false },
    appleWebApp: { capable: true, title: "Rider", statusBarStyle: "default" },
  };
}

export default async function RideLayout({ children }: { children: ReactNode }) {
  const locale = await getLocale();
  return <LanguageProvider locale={locale} words={riderWords[locale]}>{children}</LanguageProvider>;
}
