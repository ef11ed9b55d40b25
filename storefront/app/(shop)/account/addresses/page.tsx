import type { Metadata } from "next";
import { Frame } from "@/components/shop/account/frame";
import { Gate } from "@/components/shop/account/gate";
import { AddressBook } from "@/components/shop/account/address-book";
import { getT } from "@/lib/i18n/server";

export async function generateMetadata(): Promise<Metadata> {
  return { title: (await getT())("address.title"), robots: { index: false } };
}

export default async function Addresses() {
  const t = await getT();
  return <Frame title={t("address.title")}><Gate><AddressBook /></Gate></Frame>;
}
