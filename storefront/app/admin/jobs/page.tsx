import { AdminFrame } from "@/components/admin/admin-frame";
import { Jobs } from "@/components/admin/jobs";

export default function Page() {
  return <AdminFrame><Jobs /></AdminFrame>;
}
