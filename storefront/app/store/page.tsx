import { QueueBoard } from "@/components/store/queue-board";
import { StoreFrame } from "@/components/store/store-frame";

export default function StoreHome() {
  return <StoreFrame><QueueBoard /></StoreFrame>;
}
