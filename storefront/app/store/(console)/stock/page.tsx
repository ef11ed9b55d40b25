import { StockTable } from "@/components/store/stock-table";

export default function Stock() {
  return <StockTable />;
}
