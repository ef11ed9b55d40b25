"use client";

import { useCallback, useState } from "react";
import { sameFence, type Fence } from "@/lib/fence";

const MOST_STEPS = 100;
type Steps = { done: (Fence | null)[]; at: number };

/** The fence being drawn, with every step of it to go back and forth. */
export function useDraft() {
  const [{ done, at }, setSteps] = useState<Steps>({ done: [null], at: 0 });
  const begin = useCallback((fence: Fence | null) => setSteps({ done: [fence], at: 0 }), []);
  const draw = useCallback((fence: Fence | null) => setSteps((now) => {
    if (sameFence(now.done[now.at] ?? null, fence)) return now;
    const kept = [...now.done.slice(0, now.at + 1), fence].slice(-MOST_STEPS);
    return { done: kept, at: kept.length - 1 };
  }), []);
  return {
    fence: done[at] ?? null,
    changed: at > 0 && !sameFence(done[0] ?? null, done[at] ?? null),
    begin,
    draw,
    undo: at > 0 ? () => setSteps({ done, at: at - 1 }) : undefined,
    redo: at < done.length - 1 ? () => setSteps({ done, at: at + 1 }) : undefined,
  };
}
