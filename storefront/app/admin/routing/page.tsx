import { AdminFrame } from "@/components/admin/admin-frame";
import { RoutingPolicy } from "@/components/admin/routing-policy";

export default function Page() {
  return <AdminFrame><RoutingPolicy /></AdminFrame>;
}
