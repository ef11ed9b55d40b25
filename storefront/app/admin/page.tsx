import { AdminFrame } from "@/components/admin/admin-frame";
import { Dashboard } from "@/components/admin/dashboard";

export default function Page() {
  return <AdminFrame><Dashboard /></AdminFrame>;
}
