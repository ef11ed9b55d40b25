"use client";

import { useId, type ComponentProps, type ReactNode } from "react";
import { cx } from "@/components/ui/cx";

type About = { label: string; hint?: ReactNode; error?: string | null; hideLabel?: boolean };

const BOX = "w-full rounded-xl border bg-surface px-3 min-h-11 text-ink placeholder:text-muted disabled:bg-sunken disabled:text-muted";

function Frame({ id, about, children }: { id: string; about: About; children: ReactNode }) {
  return (
    <div className="grid gap-1.5">
      <label htmlFor={id} className={cx("font-medium", about.hideLabel && "sr-only")}>{about.label}</label>
      {children}
      {about.hint && <p id={`${id}-hint`} className="text-sm text-muted">{about.hint}</p>}
      {about.error && <p id={`${id}-error`} role="alert" className="text-sm font-medium text-danger">{about.error}</p>}
    </div>
  );
}

function described(id: string, { hint, error }: About) {
  const ids = [hint && `${id}-hint`, error && `${id}-error`].filter(Boolean).join(" ");
  return { id, "aria-describedby": ids || undefined, "aria-invalid": error ? true : undefined };
}

function split<Props extends About>({ label, hint, error, hideLabel, ...rest }: Props) {
  return { about: { label, hint, error, hideLabel }, rest };
}

/** An input with its label, hint and the sentence of what is wrong. */
export function TextField({ className, ...props }: About & ComponentProps<"input">) {
  const made = useId();
  const { about, rest } = split(props);
  const id = props.id ?? made;
  return (
    <Frame id={id} about={about}>
      <input {...rest} {...described(id, about)} className={cx(BOX, about.error ? "border-danger" : "border-edge", className)} />
    </Frame>
  );
}

export function TextArea({ className, ...props }: About & ComponentProps<"textarea">) {
  const made = useId();
  const { about, rest } = split(props);
  const id = props.id ?? made;
  return (
    <Frame id={id} about={about}>
      <textarea rows={3} {...rest} {...described(id, about)} className={cx(BOX, "py-2", about.error ? "border-danger" : "border-edge", className)} />
    </Frame>
  );
}

export function Select({ className, ...props }: About & ComponentProps<"select">) {
  const made = useId();
  const { about, rest } = split(props);
  const id = props.id ?? made;
  return (
    <Frame id={id} about={about}>
      <select {...rest} {...described(id, about)} className={cx(BOX, about.error ? "border-danger" : "border-edge", className)} />
    </Frame>
  );
}

/** A switch (ARIA `switch`): on or off, at once. */
export function Switch({ label, hideLabel, checked, onChange, disabled, busy }: { label: string; hideLabel?: boolean; checked: boolean; onChange: (on: boolean) => void; disabled?: boolean; busy?: boolean }) {
  return (
    <button type="button" role="switch" aria-checked={checked} aria-label={hideLabel ? label : undefined} aria-busy={busy || undefined} disabled={disabled} onClick={() => onChange(!checked)} className="tap inline-flex items-center gap-3">
      <span aria-hidden="true" className={cx("relative inline-block h-7 w-12 shrink-0 rounded-full border transition-colors", checked ? "border-brand bg-brand" : "border-edge bg-sunken", busy && "opacity-60")}>
        <span className={cx("absolute top-0.5 left-0.5 size-5.5 rounded-full bg-white shadow transition-transform", checked && "translate-x-5")} />
      </span>
      {!hideLabel && <span className="font-medium">{label}</span>}
    </button>
  );
}
