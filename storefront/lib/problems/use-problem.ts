"use client";

import { useCallback, useState } from "react";
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
