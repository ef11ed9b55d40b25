"use client";

import { useStores } from "@/components/admin/use-stores";
import { Select } from "@/components/ui/field";

export function StoreSelect({ value, onChange, all = "All stores" }: { value: string; onChange: (id: string) => void; all?: string }) {
  const { data = [] } = useStores();
  return (
    <Select label="Store" value={value} onChange={(event) => onChange(event.target.value)}>
      <option value="">{all}</option>
      {data.map(({ id, name }) => <option key={id} value={id}>{name}</option>)}
    </Select>
  );
}
