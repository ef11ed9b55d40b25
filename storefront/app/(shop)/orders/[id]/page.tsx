import type { Metadata } from "next";
import { Frame } from "@/components/shop/account/frame";
import { Gate } from "@/components/shop/account/gate";
import { OrderPage } from "@/components/shop/order/order-page";
import { getT } from "@/lib/i18n/server";

export async function generateMetadata(): Promise<Metadata> {
  return { title: (await getT())("order.title"), robots: { index: false } };
}

export default async function OneOrder({ params }: { params: Promise<{ id: string }> }) {
  const t = await getT();
  const { id } = await params;
  return <Frame title={t("order.title")} width="wide"><Gate><OrderPage id={id} /></Gate></Frame>;
}
