import { CsvImport } from "@/components/store/csv-import";

export default function ImportPage() {
  return <CsvImport />;
}
