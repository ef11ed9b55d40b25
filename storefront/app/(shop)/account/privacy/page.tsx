import type { Metadata } from "next";
import { Frame } from "@/components/shop/account/frame";
import { Gate } from "@/components/shop/account/gate";
import { Privacy } from "@/components/shop/account/privacy";
import { getT } from "@/lib/i18n/server";

export async function generateMetadata(): Promise<Metadata> {
  return { title: (await getT())("privacy.title"), robots: { index: false } };
}

export default async function PrivacyPage() {
  const t = await getT();
  return <Frame title={t("privacy.title")}><Gate><Privacy /></Gate></Frame>;
}
