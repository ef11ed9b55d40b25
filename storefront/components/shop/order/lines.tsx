"use client";

import { Question } from "@/components/shop/order/question";
import { Thumb } from "@/components/shop/cart/thumb";
import { Card } from "@/components/ui/states";
import type { Order, OrderLine } from "@/lib/api/types";
import { useLocale, useT } from "@/lib/i18n/client";
import { money } from "@/lib/money";

/** What was ordered, what is missing of it, and what came of a question about it. */
export function OrderLines({ order, onOrder, onAgain }: { order: Order; onOrder: (order: Order) => void; onAgain: () => void }) {
  const t = useT();
  return (
    <Card className="grid gap-2">
      <h2 className="text-lg font-bold">{t("order.items")}</h2>
      <ul className="divide-y divide-line">
        {order.lines.map((line) => (
          <li key={line.id} className="grid gap-2 py-3">
            <Row line={line} instead={order.lines.find((other) => other.id === line.instead_of)} />
            {line.proposal && line.proposal.state !== "asked" && <Question order={order} line={line} onOrder={onOrder} onAgain={onAgain} />}
          </li>
        ))}
      </ul>
    </Card>
  );
}

function Row({ line, instead }: { line: OrderLine; instead: OrderLine | undefined }) {
  const t = useT();
  const locale = useLocale();
  const comes = line.picked ?? line.quantity;
  const lacking = line.ordered - comes;
  return (
    <div className="grid grid-cols-[3rem_1fr_auto] items-start gap-3">
      <Thumb image={line.image} size={48} />
      <div className="min-w-0">
        <p className="font-medium break-words">{line.name}</p>
        <p className="text-sm text-muted tabular-nums">{comes} × {money(line.unit_price, locale)}</p>
        {instead && <p className="text-sm text-muted">{t("order.insteadOf", { name: instead.name })}</p>}
        {lacking > 0 && line.proposal?.state !== "asked" && line.proposal?.state !== "accepted" && <p className="text-sm font-medium text-warn">{t(comes === 0 ? "order.lineMissing" : "order.lineShort", { count: lacking })}</p>}
      </div>
      <span className="font-semibold tabular-nums">{money(line.total, locale)}</span>
    </div>
  );
}
