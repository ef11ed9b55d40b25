import { AdminFrame } from "@/components/admin/admin-frame";
import { Users } from "@/components/admin/users";

export default function Page() {
  return <AdminFrame><Users /></AdminFrame>;
}
