"use client";

import { useState } from "react";
import { useNow } from "@/components/shop/order/use-order";
import { Button } from "@/components/ui/button";
import { api, call } from "@/lib/api/client";
import type { Order, OrderLine } from "@/lib/api/types";
import type { Key } from "@/lib/i18n/dictionaries";
import { useLocale, useT } from "@/lib/i18n/client";
import { money } from "@/lib/money";
import { useAction } from "@/lib/problems/use-problem";
import { clock } from "@/lib/time";

type Props = { order: Order; line: OrderLine; onOrder: (order: Order) => void; onAgain: () => void };

/** “Something else instead?”, while there is time to answer; afterwards what came of it. */
export function Question({ order, line, onOrder, onAgain }: Props) {
  const t = useT();
  const locale = useLocale();
  const { busy, run } = useAction();
  const [answered, setAnswered] = useState<boolean | null>(null);
  const { proposal } = line;
  const asked = proposal?.state === "asked";
  const now = useNow(asked);
  if (!proposal) return null;
  if (!asked) {
    return <p className="rounded-xl bg-sunken px-3 py-2 text-sm">{t(`question.${proposal.state}` as Key, { name: proposal.name })}</p>;
  }
  const left = Math.max(0, (new Date(proposal.answer_by).getTime() - now) / 1_000);
  const answer = (accept: boolean) => {
    setAnswered(accept);
    void run(
      async () => onOrder(await call(api.POST("/api/v1/orders/{order_id}/substitutions/{line}", { params: { path: { order_id: order.id, line: line.id } }, body: { accept } }))),
      (problem) => { if (problem.status === 409) onAgain(); return false; },
    );
  };
  return (
    <div role="group" aria-label={t("question.title", { name: line.name })} className="grid gap-3 rounded-xl border-2 border-sun bg-sun-soft p-3">
      <div className="flex flex-wrap items-center justify-between gap-2">
        <p role="alert" className="font-bold">{t("question.title", { name: line.name })}</p>
        <span role="timer" aria-label={t("question.left")} className="font-mono text-lg font-bold tabular-nums">{clock(left)}</span>
      </div>
      <div className="flex items-center gap-3">
        {proposal.image && <img src={proposal.image} alt="" width={48} height={48} className="size-12 rounded-lg bg-white object-contain" />}
        <p className="min-w-0 break-words">{proposal.quantity} × {proposal.name}, {money(proposal.unit_price, locale)}</p>
      </div>
      <div className="flex flex-wrap gap-2">
        <Button busy={busy && answered === true} disabled={busy || left === 0} onClick={() => answer(true)}>{t("question.yes")}</Button>
        <Button look="secondary" busy={busy && answered === false} disabled={busy || left === 0} onClick={() => answer(false)}>{t("question.no")}</Button>
      </div>
      <p className="text-sm">{t("question.hint")}</p>
    </div>
  );
}
