"use client";

import { Button } from "@/components/ui/button";
import { Banner } from "@/components/ui/states";
import { useSentence } from "@/lib/problems/use-problem";

/** A load that failed: what could not be read, why, and another try. What was read before stays beside it. */
export function Failed({ what, fault, busy, onAgain }: { what: string; fault: unknown; busy?: boolean; onAgain: () => void }) {
  const why = useSentence(fault);
  return (
    <Banner tone="bad" action={<Button look="secondary" busy={busy} onClick={onAgain} className="min-h-14">Try again</Button>}>
      {what} {why}
    </Banner>
  );
}
