import { AdminFrame } from "@/components/admin/admin-frame";
import { Stores } from "@/components/admin/stores";

export default function Page() {
  return <AdminFrame><Stores /></AdminFrame>;
}
