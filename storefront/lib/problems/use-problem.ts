"use client";

import { useCallback, useEffect, useState } from "react";
import { toast } from "@/components/ui/toast";
import { ApiProblem } from "@/lib/api/problem";
import { useLocale } from "@/lib/i18n/client";
import { explain } from "@/lib/problems/explain";

/** Runs an action once at a time; tells people in a passing message what went wrong. */
export function useAction(): { busy: boolean; run: <Result>(action: () => Promise<Result>, onProblem?: (problem: ApiProblem) => boolean) => Promise<Result | undefined> } {
  const locale = useLocale();
  const [busy, setBusy] = useState(false);
  const run = useCallback(
    async <Result,>(action: () => Promise<Result>, onProblem?: (problem: ApiProblem) => boolean): Promise<Result | undefined> => {
      setBusy(true);
      try {
        return await action();
      } catch (fault) {
        // `onProblem` true: it was shown beside the field or line it is about.
        if (!(fault instanceof ApiProblem && onProblem?.(fault))) toast(await explain(fault, locale), "refused");
        return undefined;
      } finally {
        setBusy(false);
      }
    },
    [locale],
  );
  return { busy, run };
}

/** The sentence for a refusal that is shown beside what it is about; null without one and until its words are here. */
export function useSentence(fault: unknown): string | null {
  const locale = useLocale();
  const [shown, setShown] = useState<{ fault: unknown; sentence: string } | null>(null);
  useEffect(() => {
    if (!fault) return;
    let wanted = true;
    void explain(fault, locale).then((sentence) => { if (wanted) setShown({ fault, sentence }); });
    return () => { wanted = false; };
  }, [fault, locale]);
  return fault && shown?.fault === fault ? shown.sentence : null;
}
