"use client";

import { useCallback, useEffect, useState } from "react";
import { keep, send, waiting, type NewTap, type Refusal, type Tap } from "@/lib/ride/taps";

const AGAIN_MS = 5_000;

/** The taps that wait, what was refused, and `tap` to add one: kept first, then sent as soon as it can be. */
export function useTaps(onSent: () => void): { taps: Tap[]; refusals: Refusal[]; tap: (tap: NewTap) => Promise<void>; forget: () => void } {
  const [taps, setTaps] = useState<Tap[]>([]);
  const [refusals, setRefusals] = useState<Refusal[]>([]);
  const flush = useCallback(async () => {
    const before = await waiting();
    setTaps(before);
    if (before.length === 0) return;
    const refused = await send();
    const after = await waiting();
    setTaps(after);
    if (refused.length > 0) setRefusals((now) => [...now, ...refused]);
    if (after.length < before.length) onSent();
  }, [onSent]);

  useEffect(() => {
    const go = () => void flush();
    go();
    const timer = setInterval(go, AGAIN_MS);
    window.addEventListener("online", go);
    return () => {
      clearInterval(timer);
      window.removeEventListener("online", go);
    };
  }, [flush]);

  const tap = useCallback(async (wanted: NewTap) => {
    setRefusals([]);
    await keep(wanted);
    await flush();
  }, [flush]);
  return { taps, refusals, tap, forget: () => setRefusals([]) };
}
