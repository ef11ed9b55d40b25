"use client";

import { useSyncExternalStore } from "react";

let now = 0;
const watchers = new Set<() => void>();
let timer: ReturnType<typeof setInterval> | undefined;

function watch(tell: () => void): () => void {
  watchers.add(tell);
  now = Date.now();
  timer ??= setInterval(() => {
    now = Date.now();
    watchers.forEach((other) => other());
  }, 1_000);
  return () => {
    watchers.delete(tell);
    if (watchers.size > 0) return;
    clearInterval(timer);
    timer = undefined;
  };
}

/** The time now in milliseconds, one clock a second for everything that ticks on a page; 0 on the server. */
export function useNow(): number {
  return useSyncExternalStore(watch, () => now, () => 0);
}
