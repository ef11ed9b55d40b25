import type { Metadata, Viewport } from "next";
import { cookies } from "next/headers";
import type { ReactNode } from "react";
import "@/app/globals.css";
import { MapSettingsProvider } from "@/components/map/settings";
import { Awake } from "@/components/ui/awake";
import { Toasts } from "@/components/ui/toast";
import { getLocale } from "@/lib/i18n/server";
import { settings } from "@/lib/server/settings";

export async function generateMetadata(): Promise<Metadata> {
  return {
    metadataBase: new URL(settings.publicUrl),
    title: { default: "ShopSmart", template: "%s · ShopSmart" },
    applicationName: "ShopSmart",
    icons: { icon: "/icons/icon.svg", apple: "/icons/icon-192.png" },
    formatDetection: { telephone: false },
  };
}

export const viewport: Viewport = {
  width: "device-width",
  initialScale: 1,
  viewportFit: "cover",
  themeColor: [
    { media: "(prefers-color-scheme: light)", color: "#ffffff" },
    { media: "(prefers-color-scheme: dark)", color: "#161d1a" },
  ],
};

export default async function Root({ children }: { children: ReactNode }) {
  const locale = await getLocale();
  const theme = (await cookies()).get("theme")?.value;
  return (
    <html lang={locale} data-theme={theme === "dark" || theme === "light" ? theme : undefined}>
      <body className="bg-ground text-ink antialiased">
        <MapSettingsProvider value={{ tileUrl: settings.tileUrl, tileAttribution: settings.tileAttribution }}>
          {children}
        </MapSettingsProvider>
        <Toasts />
        <Awake />
      </body>
    </html>
  );
}
