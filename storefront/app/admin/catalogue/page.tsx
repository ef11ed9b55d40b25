import { AdminFrame } from "@/components/admin/admin-frame";
import { Catalogue } from "@/components/admin/catalogue";

export default function Page() {
  return <AdminFrame><Catalogue /></AdminFrame>;
}
