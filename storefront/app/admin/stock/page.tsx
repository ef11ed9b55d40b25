import { AdminFrame } from "@/components/admin/admin-frame";
import { Stock } from "@/components/admin/stock";

export default function Page() {
  return <AdminFrame><Stock /></AdminFrame>;
}
