import { CsvImport } from "@/components/store/csv-import";
import { StoreFrame } from "@/components/store/store-frame";

export default function ImportPage() {
  return <StoreFrame><CsvImport /></StoreFrame>;
}
