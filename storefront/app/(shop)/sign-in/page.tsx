import type { Metadata } from "next";
import { AuthPage } from "@/components/shop/account/auth";
import { Frame } from "@/components/shop/account/frame";
import { nextPath } from "@/components/shop/account/next-path";
import { Card } from "@/components/ui/states";
import { getT } from "@/lib/i18n/server";

export async function generateMetadata(): Promise<Metadata> {
  return { title: (await getT())("sign.inTitle"), robots: { index: false } };
}

export default async function SignIn({ searchParams }: { searchParams: Promise<{ next?: string | string[] }> }) {
  const t = await getT();
  return (
    <Frame title={t("sign.inTitle")} width="narrow">
      <Card><AuthPage first="password" next={nextPath((await searchParams).next)} /></Card>
    </Frame>
  );
}
