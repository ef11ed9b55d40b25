import { StoreFrame } from "@/components/store/store-frame";
import { StoreSettings } from "@/components/store/store-settings";

export default function Settings() {
  return <StoreFrame><StoreSettings /></StoreFrame>;
}
