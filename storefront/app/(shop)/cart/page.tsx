import type { Metadata } from "next";
import { Frame } from "@/components/shop/account/frame";
import { CartContents } from "@/components/shop/cart/cart-contents";
import { CartPageFoot } from "@/components/shop/cart/cart-page-foot";
import { Card } from "@/components/ui/states";
import { getT } from "@/lib/i18n/server";

export async function generateMetadata(): Promise<Metadata> {
  return { title: (await getT())("cart.title"), robots: { index: false } };
}

export default async function CartPage() {
  const t = await getT();
  return (
    <Frame title={t("cart.title")} width="wide">
      <div className="grid items-start gap-5 lg:grid-cols-[1fr_22rem]">
        <Card><CartContents /></Card>
        <CartPageFoot />
      </div>
    </Frame>
  );
}
