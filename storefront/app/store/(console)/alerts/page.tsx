import { Alerts } from "@/components/store/alerts";

export default function AlertsPage() {
  return <Alerts />;
}
