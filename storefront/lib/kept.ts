"use client";

// One value of the API that many parts of a page share and change, without a library in the first load.
import { useEffect, useSyncExternalStore } from "react";

export type Kept<Value> = { value: Value | undefined; fault: unknown; loading: boolean };

const FRESH_MS = 5_000;

/**
 * `useValue` gives the value and reads it when it is older than a few seconds: at the first use, when people come back to
 * the page, and when the connection does; at once at the event
 * `changedBy` on `window`. `refresh` reads it now; `set` puts what is known already. The last one wins.
 */
export function keep<Value>(read: () => Promise<Value>, changedBy: string) {
  const nothing: Kept<Value> = { value: undefined, fault: undefined, loading: true };
  const watchers = new Set<() => void>();
  let now = nothing;
  let turn = 0;
  let readAt = -Infinity;

  function put(next: Kept<Value>): void {
    now = next;
    watchers.forEach((tell) => tell());
  }

  async function refresh(): Promise<void> {
    const mine = ++turn;
    readAt = performance.now();
    try {
      const value = await read();
      if (mine === turn) put({ value, fault: undefined, loading: false });
    } catch (fault) {
      if (mine === turn) put({ value: now.value, fault, loading: false });
    }
  }

  function set(value: Value): void {
    turn += 1;
    readAt = performance.now();
    put({ value, fault: undefined, loading: false });
  }

  function freshen(): void {
    if (document.visibilityState === "visible" && performance.now() - readAt > FRESH_MS) void refresh();
  }

  function watch(tell: () => void): () => void {
    if (watchers.size === 0) listen("add");
    watchers.add(tell);
    return () => {
      watchers.delete(tell);
      if (watchers.size === 0) listen("remove");
    };
  }

  function listen(what: "add" | "remove"): void {
    const change = what === "add" ? "addEventListener" : "removeEventListener";
    document[change]("visibilitychange", freshen);
    window[change]("focus", freshen);
    window[change]("online", freshen);
    window[change](changedBy, refresh);
  }

  function useValue(): Kept<Value> {
    useEffect(freshen, []);
    return useSyncExternalStore(watch, () => now, () => nothing);
  }

  return { useValue, refresh, set };
}
