import { Alerts } from "@/components/store/alerts";
import { StoreFrame } from "@/components/store/store-frame";

export default function AlertsPage() {
  return <StoreFrame><Alerts /></StoreFrame>;
}
