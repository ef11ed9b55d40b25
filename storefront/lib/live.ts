"use client";

import { useEffect, useRef, useState } from "react";

/** One event of a stream of the API (Server-Sent Events), its data parsed. */
export type LiveEvent = { type: string; data: unknown };

const SLOWEST_MS = 30_000;

/**
 * Follows an event stream of the API and comes back by itself, from where it was, after each loss (`Last-Event-ID`).
 * `types` are the events wanted. Gives whether the stream is open now.
 */
export function useLive(url: string | null, types: readonly string[], onEvent: (event: LiveEvent) => void): boolean {
  const [open, setOpen] = useState(false);
  const handler = useRef(onEvent);
  useEffect(() => { handler.current = onEvent; });
  const wanted = types.join(" ");

  useEffect(() => {
    if (url === null) return;
    let source: EventSource | null = null;
    let timer: ReturnType<typeof setTimeout> | undefined;
    let lastId = "";
    let wait = 1_000;

    const hear = (event: MessageEvent<string>) => {
      if (event.lastEventId) lastId = event.lastEventId;
      handler.current({ type: event.type, data: JSON.parse(event.data) });
    };
    const start = () => {
      const address = new URL(url, location.origin);
      if (lastId) address.searchParams.set("last_event_id", lastId);
      source = new EventSource(address);
      source.onopen = () => { wait = 1_000; setOpen(true); };
      source.onerror = () => {
        setOpen(false);
        // The browser comes back by itself unless the answer was a refusal; then we do, ever more slowly.
        if (source?.readyState !== EventSource.CLOSED) return;
        timer = setTimeout(start, wait);
        wait = Math.min(2 * wait, SLOWEST_MS);
      };
      for (const type of wanted.split(" ")) source.addEventListener(type, hear);
    };
    const atOnce = () => {
      clearTimeout(timer);
      source?.close();
      start();
    };

    start();
    window.addEventListener("online", atOnce);
    return () => {
      window.removeEventListener("online", atOnce);
      clearTimeout(timer);
      source?.close();
      setOpen(false);
    };
  }, [url, wanted]);
  return open;
}
