import { AdminFrame } from "@/components/admin/admin-frame";
import { Riders } from "@/components/admin/riders";

export default function Page() {
  return <AdminFrame><Riders /></AdminFrame>;
}
