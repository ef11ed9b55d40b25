import { StoreSettings } from "@/components/store/store-settings";

export default function Settings() {
  return <StoreSettings />;
}
