"use client";

import { useState } from "react";
import { useNow } from "@/components/shop/order/use-order";
import { Button } from "@/components/ui/button";
import { Banner, Card } from "@/components/ui/states";
import { api, call, idempotencyKey } from "@/lib/api/client";
import { ApiProblem } from "@/lib/api/problem";
import type { Order } from "@/lib/api/types";
import { useLocale, useT } from "@/lib/i18n/client";
import { money } from "@/lib/money";
import { useAction } from "@/lib/problems/use-problem";
import { clock } from "@/lib/time";

type Outcome = "success" | "failure" | "processing";
type Shown = "nothing" | "failed" | "processing";

const NEARLY_OVER_S = 60;

/** Pays the order while its goods are held. The payment company is a stand-in that lets one choose what happens. */
export function Pay({ order, onOrder, onAgain }: { order: Order; onOrder: (order: Order) => void; onAgain: () => void }) {
  const t = useT();
  const locale = useLocale();
  const { busy, run } = useAction();
  const [doing, setDoing] = useState<Outcome | null>(null);
  const [shown, setShown] = useState<Shown>("nothing");
  const amount = money(order.totals.total, locale);

  const pay = (outcome: Outcome) => {
    setDoing(outcome);
    void run(async () => {
      setShown("nothing");
      const result = await payBySandbox(order.id, outcome);
      if (result.status === "failed") setShown("failed");
      else if (result.status === "processing") setShown("processing");
      else onOrder(result.order);
    }, (problem) => {
      // Paid, cancelled or expired meanwhile: the order itself says which.
      const stale = problem.code === "invalid_transition" || problem.code === "payment_not_open" || problem.code === "intent_not_payable";
      if (stale) onAgain();
      return stale;
    });
  };

  return (
    <Card className="grid gap-4 border-brand!">
      <div className="flex flex-wrap items-start justify-between gap-3">
        <h2 className="text-lg font-bold">{t("pay.title", { amount })}</h2>
        {order.hold_until && <HoldClock until={order.hold_until} onOver={onAgain} />}
      </div>
      {shown === "failed" && <Banner tone="bad">{t("pay.failed")}</Banner>}
      {shown === "processing" && <Banner tone="info" action={<Button look="secondary" onClick={onAgain}>{t("pay.look")}</Button>}>{t("pay.processing")}</Banner>}
      <p className="text-sm text-muted">{t("pay.test")}</p>
      <Button size="large" wide disabled={busy} busy={busy && doing === "success"} onClick={() => pay("success")}>{t(shown === "failed" ? "pay.again" : "pay.now", { amount })}</Button>
      <div className="flex flex-wrap gap-2">
        <Button look="secondary" disabled={busy} busy={busy && doing === "failure"} onClick={() => pay("failure")}>{t("pay.tryFailure")}</Button>
        {shown !== "processing" && <Button look="secondary" disabled={busy} busy={busy && doing === "processing"} onClick={() => pay("processing")}>{t("pay.tryProcessing")}</Button>}
      </div>
    </Card>
  );
}

/** How long the goods are still kept for this order. */
function HoldClock({ until, onOver }: { until: string; onOver: () => void }) {
  const t = useT();
  const left = Math.max(0, Math.round((new Date(until).getTime() - useNow(true)) / 1_000));
  if (left === 0) return <Button look="secondary" onClick={onOver}>{t("pay.holdOver")}</Button>;
  return (
    <p className={left <= NEARLY_OVER_S ? "font-semibold text-danger" : "font-semibold text-warn"}>
      {t("pay.held")} <span role="timer" data-testid="hold-clock" className="font-mono text-lg tabular-nums">{clock(left)}</span>
    </p>
  );
}

type Result = { status: "failed" } | { status: "processing" } | { status: "captured"; order: Order };

async function payBySandbox(orderId: string, outcome: Outcome): Promise<Result> {
  const path = { order_id: orderId };
  const payment = await call(api.POST("/api/v1/orders/{order_id}/payments", {
    params: { path, header: { "Idempotency-Key": idempotencyKey() } },
    body: { provider: "sandbox" },
  }));
  const paid = await call(api.POST("/api/v1/sandbox/intents/{intent_id}/pay", {
    params: { path: { intent_id: payment.intent_id } },
    body: { client_secret: payment.client_secret ?? "", outcome },
  }));
  if (paid.status !== "captured") return { status: paid.status };
  if (!paid.payment_ref || !paid.signature) throw new ApiProblem({ code: "http_error", status: 0, title: "", detail: "", type: "", instance: "" });
  const confirmed = await call(api.POST("/api/v1/orders/{order_id}/payments/confirm", {
    params: { path },
    body: { payment_id: payment.payment_id, payment_ref: paid.payment_ref, signature: paid.signature },
  }));
  return { status: "captured", order: confirmed };
}
