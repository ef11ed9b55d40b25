import { OrderScreen } from "@/components/store/order-screen";
import { StoreFrame } from "@/components/store/store-frame";

export default async function StoreOrder({ params }: { params: Promise<{ id: string }> }) {
  return <StoreFrame><OrderScreen id={(await params).id} /></StoreFrame>;
}
