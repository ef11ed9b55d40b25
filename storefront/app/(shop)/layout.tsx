import type { ReactNode } from "react";
import { BottomNav } from "@/components/shop/bottom-nav";
import { Footer } from "@/components/shop/footer";
import { Header } from "@/components/shop/header";
import { Progress } from "@/components/shop/progress";
import { LanguageProvider } from "@/lib/i18n/client";
import { shopWords } from "@/lib/i18n/dictionaries";
import { getLocale } from "@/lib/i18n/server";
import { getSpot } from "@/lib/server/spot";

export default async function ShopLayout({ children }: { children: ReactNode }) {
  const locale = await getLocale();
  // With the service away the frame still stands; the page inside says what is wrong.
  const spot = await getSpot().catch(() => null);
  return (
    <LanguageProvider locale={locale} words={shopWords[locale]}>
      <Progress />
      <Header spot={spot} />
      {/* As high as the screen from the start: the footer never jumps while a page fills itself. */}
      <main id="content" className="mx-auto min-h-dvh max-w-7xl px-4 py-5">{children}</main>
      <Footer />
      <BottomNav />
    </LanguageProvider>
  );
}
