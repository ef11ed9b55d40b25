import { Suspense } from "react";
import { AdminFrame } from "@/components/admin/admin-frame";
import { AdminMap } from "@/components/admin/map/admin-map";

export default function Page() {
  return <AdminFrame><Suspense><AdminMap /></Suspense></AdminFrame>;
}
