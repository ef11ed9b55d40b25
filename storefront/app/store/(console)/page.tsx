import { QueueBoard } from "@/components/store/queue-board";

export default function StoreHome() {
  return <QueueBoard />;
}
