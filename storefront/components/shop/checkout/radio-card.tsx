import type { ReactNode } from "react";
import { cx } from "@/components/ui/cx";

type Props = { name: string; value: string; checked: boolean; onChange: (value: string) => void; disabled?: boolean; children: ReactNode };

/** One of several choices as a card; the whole card is its label. */
export function RadioCard({ name, value, checked, onChange, disabled, children }: Props) {
  return (
    <label className={cx("flex min-h-13 items-start gap-3 rounded-xl border p-3 has-focus-visible:outline-3 has-focus-visible:outline-offset-2 has-focus-visible:outline-info", checked ? "border-brand bg-brand-soft" : "border-line bg-surface", disabled ? "opacity-60" : "hover:border-edge")}>
      <input type="radio" name={name} value={value} checked={checked} disabled={disabled} onChange={() => onChange(value)} className="mt-1 size-5 shrink-0 accent-(--brand) outline-none" />
      <span className="min-w-0 flex-1">{children}</span>
    </label>
  );
}

/** A numbered part of the checkout, with its legend. */
export function Step({ title, children }: { title: string; children: ReactNode }) {
  return (
    <section aria-label={title} className="rounded-2xl border border-line bg-surface p-4 md:p-5">
      <h2 className="mb-3 text-lg font-bold">{title}</h2>
      {children}
    </section>
  );
}
