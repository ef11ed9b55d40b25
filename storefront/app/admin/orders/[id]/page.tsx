import { AdminFrame } from "@/components/admin/admin-frame";
import { OrderDetail } from "@/components/admin/order-detail";

export default async function Page({ params }: { params: Promise<{ id: string }> }) {
  return <AdminFrame><OrderDetail id={(await params).id} /></AdminFrame>;
}
