import type { Metadata } from "next";
import { Frame } from "@/components/shop/account/frame";
import { Gate } from "@/components/shop/account/gate";
import { AccountHome } from "@/components/shop/account/account-home";
import { getT } from "@/lib/i18n/server";

export async function generateMetadata(): Promise<Metadata> {
  return { title: (await getT())("account.title"), robots: { index: false } };
}

export default async function Account() {
  const t = await getT();
  return <Frame title={t("account.title")}><Gate><AccountHome /></Gate></Frame>;
}
