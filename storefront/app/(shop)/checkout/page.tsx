import type { Metadata } from "next";
import { Frame } from "@/components/shop/account/frame";
import { CheckoutIsland } from "@/components/shop/checkout/island";
import { getT } from "@/lib/i18n/server";

export async function generateMetadata(): Promise<Metadata> {
  return { title: (await getT())("checkout.title"), robots: { index: false } };
}

export default async function CheckoutPage() {
  const t = await getT();
  return <Frame title={t("checkout.title")} lead={t("checkout.lead")} width="wide"><CheckoutIsland /></Frame>;
}
