import type { Metadata } from "next";
import { Frame } from "@/components/shop/account/frame";
import { Gate } from "@/components/shop/account/gate";
import { OrdersList } from "@/components/shop/order/orders-list";
import { getT } from "@/lib/i18n/server";

export async function generateMetadata(): Promise<Metadata> {
  return { title: (await getT())("orders.title"), robots: { index: false } };
}

export default async function Orders() {
  const t = await getT();
  return <Frame title={t("orders.title")}><Gate><OrdersList /></Gate></Frame>;
}
