"use client";

import { useSyncExternalStore } from "react";
import { cx } from "@/components/ui/cx";

type Kind = "done" | "refused";
type Toast = { id: number; kind: Kind; text: string };

const SECONDS: Record<Kind, number> = { done: 4, refused: 8 };
let shown: Toast[] = [];
let last = 0;
const watchers = new Set<() => void>();
const none: Toast[] = [];

function show(next: Toast[]): void {
  shown = next;
  watchers.forEach((tell) => tell());
}

/** Says in passing what happened; screen readers hear it too. */
export function toast(text: string, kind: Kind = "done"): void {
  const id = ++last;
  show([...shown.filter((other) => other.text !== text).slice(-2), { id, kind, text }]);
  setTimeout(() => show(shown.filter((other) => other.id !== id)), SECONDS[kind] * 1_000);
}

export function Toasts() {
  const toasts = useSyncExternalStore(
    (tell) => { watchers.add(tell); return () => watchers.delete(tell); },
    () => shown,
    () => none,
  );
  return (
    <div aria-live="polite" className="pointer-events-none fixed inset-x-0 bottom-20 z-50 grid justify-items-center gap-2 px-4 md:bottom-6">
      {toasts.map(({ id, kind, text }) => (
        <p key={id} className={cx("pointer-events-auto max-w-md rounded-xl px-4 py-3 font-medium shadow-lg", kind === "refused" ? "bg-danger text-on-danger" : "bg-ink text-ground")}>{text}</p>
      ))}
    </div>
  );
}
