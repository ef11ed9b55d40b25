import { StockTable } from "@/components/store/stock-table";
import { StoreFrame } from "@/components/store/store-frame";

export default function Stock() {
  return <StoreFrame><StockTable /></StoreFrame>;
}
