import type { ReactNode } from "react";

export function PageHead({ title, children }: { title: string; children?: ReactNode }) {
  return (
    <div className="mb-4 flex flex-wrap items-end justify-between gap-3">
      <h1 className="text-2xl font-extrabold">{title}</h1>
      {children && <div className="flex flex-wrap items-end gap-3">{children}</div>}
    </div>
  );
}
