import { AdminFrame } from "@/components/admin/admin-frame";
import { Audit } from "@/components/admin/audit";

export default function Page() {
  return <AdminFrame><Audit /></AdminFrame>;
}
