import type { ReactNode } from "react";
import { cx } from "@/components/ui/cx";

/** A grey shape of the size of what is coming, so that nothing jumps. */
export function Skeleton({ className }: { className?: string }) {
  return <span aria-hidden="true" className={cx("block animate-pulse rounded-lg bg-sunken", className)} />;
}

/** Nothing here, or nothing works: what it is, and the way on. */
export function Notice({ icon, title, heading: Heading = "h2", children, action }: { icon?: ReactNode; title: string; /** `h1` where it is the whole page. */ heading?: "h1" | "h2"; children?: ReactNode; action?: ReactNode }) {
  return (
    <div className="mx-auto grid max-w-md justify-items-center gap-3 py-12 text-center">
      {icon && <span className="grid size-16 place-items-center rounded-full bg-brand-soft text-brand-deep">{icon}</span>}
      <Heading className="text-xl font-bold">{title}</Heading>
      {children && <div className="text-muted">{children}</div>}
      {action}
    </div>
  );
}

const TONES = {
  plain: "bg-sunken text-ink",
  good: "bg-brand-soft text-brand-deep",
  warn: "bg-warn-soft text-warn",
  bad: "bg-danger-soft text-danger",
  info: "bg-info-soft text-info",
  sun: "bg-sun text-on-sun",
};

export type Tone = keyof typeof TONES;

export function Badge({ tone = "plain", children, className }: { tone?: Tone; children: ReactNode; className?: string }) {
  return <span className={cx("inline-flex items-center gap-1 rounded-md px-2 py-0.5 text-sm font-semibold whitespace-nowrap", TONES[tone], className)}>{children}</span>;
}

/** A sentence that must be seen, beside what it is about. */
export function Banner({ tone = "info", children, action }: { tone?: Tone; children: ReactNode; action?: ReactNode }) {
  return (
    <div role={tone === "bad" ? "alert" : "status"} className={cx("flex flex-wrap items-center justify-between gap-3 rounded-xl px-4 py-3", TONES[tone])}>
      <div className="font-medium">{children}</div>
      {action}
    </div>
  );
}

export function Card({ children, className }: { children: ReactNode; className?: string }) {
  return <div className={cx("rounded-2xl border border-line bg-surface p-4 md:p-5", className)}>{children}</div>;
}
