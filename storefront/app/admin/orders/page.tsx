import { AdminFrame } from "@/components/admin/admin-frame";
import { Orders } from "@/components/admin/orders";

export default function Page() {
  return <AdminFrame><Orders /></AdminFrame>;
}
