import { OrderScreen } from "@/components/store/order-screen";

export default async function StoreOrder({ params }: { params: Promise<{ id: string }> }) {
  return <OrderScreen id={(await params).id} />;
}
