"use client";

import { Phone, WifiOff } from "lucide-react";
import dynamic from "next/dynamic";
import { TotalsTable } from "@/components/shop/checkout/totals";
import { CancelOrder } from "@/components/shop/order/cancel";
import { Code } from "@/components/shop/order/code";
import { Headline } from "@/components/shop/order/headline";
import { Invoice } from "@/components/shop/order/invoice";
import { OrderLines } from "@/components/shop/order/lines";
import { Milestones } from "@/components/shop/order/milestones";
import { MoneyState } from "@/components/shop/order/money-state";
import { Pay } from "@/components/shop/order/pay";
import { Question } from "@/components/shop/order/question";
import { Rate } from "@/components/shop/order/rating";
import { Reorder } from "@/components/shop/order/reorder";
import { useOnline, useOrder } from "@/components/shop/order/use-order";
import { WhyStore } from "@/components/shop/order/why-store";
import { addressLine } from "@/components/shop/account/addresses";
import { Button, ButtonLink } from "@/components/ui/button";
import { Banner, Card, Notice, Skeleton } from "@/components/ui/states";
import { ApiProblem } from "@/lib/api/problem";
import type { Order } from "@/lib/api/types";
import type { Key } from "@/lib/i18n/dictionaries";
import { useT } from "@/lib/i18n/client";
import { useSentence } from "@/lib/problems/use-problem";

const OrderMap = dynamic(() => import("@/components/shop/order/order-map"), { ssr: false, loading: () => <Skeleton className="h-72 w-full rounded-2xl md:h-96" /> });

/** One order from placing to the door, as it happens. */
export function OrderPage({ id }: { id: string }) {
  const t = useT();
  const { order, fault, rider, over, set, again } = useOrder(id);
  const online = useOnline();
  const lost = !online || (fault instanceof ApiProblem && (fault.code === "offline" || fault.status >= 500));
  if (!order) return fault ? <Missing fault={fault} onAgain={again} /> : <OrderSkeleton />;
  const riding = order.status === "out_for_delivery";
  return (
    <div className="grid items-start gap-5 lg:grid-cols-[1fr_24rem]">
      <div className="grid min-w-0 gap-5">
        {lost && <Banner tone="warn"><span className="flex items-center gap-2"><WifiOff aria-hidden="true" className="size-5 shrink-0" />{t("order.offline")}</span></Banner>}
        {order.lines.filter((line) => line.proposal?.state === "asked").map((line) => <Question key={line.id} order={order} line={line} onOrder={set} onAgain={again} />)}
        <Ended order={order} />
        {order.status === "payment_pending" && <Pay order={order} onOrder={set} onAgain={again} />}
        {order.status !== "payment_pending" && (
          <Card className="grid gap-5">
            <Headline order={order} rider={rider} />
            {order.milestones.rerouted_at && !over && <Banner tone="info">{t("order.rerouted", { store: order.store.name })}</Banner>}
            {riding ? <OrderMap order={order} rider={rider} /> : !BROKEN.has(order.status) && <Milestones order={order} />}
            <Parts order={order} />
          </Card>
        )}
        {!over && <Code order={order} />}
        {!over && <Courier order={order} />}
        {/* While the rider rides, the map tells most; before, the steps do. */}
        {riding && <Card><Milestones order={order} /></Card>}
        {!riding && !over && order.status !== "payment_pending" && <OrderMap order={order} rider={rider} />}
        <Rate order={order} onOrder={set} />
        <OrderLines order={order} onOrder={set} onAgain={again} />
      </div>
      <aside aria-label={t("bill.title")} className="grid gap-4 lg:sticky lg:top-24">
        <Card className="grid gap-4">
          <h2 className="text-lg font-bold">{t("bill.title")}</h2>
          <TotalsTable totals={order.totals} pickup={order.mode === "pickup"} />
          <MoneyState order={order} />
          <div className="flex flex-wrap gap-2">
            <Invoice order={order} />
            {over && <Reorder order={order} look={BROKEN.has(order.status) ? "primary" : "secondary"} />}
          </div>
        </Card>
        <Card className="grid gap-2">
          <Door order={order} />
          <WhyStore order={order} />
          <CancelOrder order={order} onOrder={set} onAgain={again} />
        </Card>
      </aside>
    </div>
  );
}

const BROKEN = new Set(["cancelled", "expired", "returned", "undeliverable"]);
const KNOWN_ENDS = new Set(["not_paid", "changed_mind", "too_slow", "wrong_items", "wrong_address", "out_of_stock", "no_store"]);

/** Why an order came to nothing, and that it costs nothing. */
function Ended({ order }: { order: Order }) {
  const t = useT();
  if (!BROKEN.has(order.status)) return null;
  const why = order.end_reason && KNOWN_ENDS.has(order.end_reason) ? t(`order.end.${order.end_reason}` as Key) : "";
  return <Banner tone={order.status === "undeliverable" ? "warn" : "bad"}>{t(`order.broken.${order.status}` as Key)} {why}</Banner>;
}

/** An order from several stores comes in parts, each with its own state. */
function Parts({ order }: { order: Order }) {
  const t = useT();
  if (order.fulfilments.length < 2) return null;
  return (
    <ul className="grid gap-2">
      {order.fulfilments.map((part) => (
        <li key={part.id} className="flex flex-wrap justify-between gap-x-4 rounded-xl bg-sunken px-3 py-2">
          <span className="font-medium">{part.store.name}</span>
          <span>{t(`order.status.${part.status}` as Key)}</span>
        </li>
      ))}
    </ul>
  );
}

function Courier({ order }: { order: Order }) {
  const t = useT();
  const { rider } = order;
  if (!rider || order.mode === "pickup") return null;
  return (
    <Card className="flex flex-wrap items-center justify-between gap-3">
      <p><span className="font-bold">{rider.name}</span> <span className="text-muted">{t("order.rider")}</span></p>
      {rider.phone && (
        <a href={`tel:${rider.phone}`} className="inline-flex min-h-11 items-center gap-2 rounded-xl border border-edge px-4 font-semibold">
          <Phone aria-hidden="true" className="size-4" />{t("order.callRider", { name: rider.name })}
        </a>
      )}
    </Card>
  );
}

function Door({ order }: { order: Order }) {
  const t = useT();
  const pickup = order.mode === "pickup";
  return (
    <dl className="grid gap-2 text-sm">
      <div>
        <dt className="text-muted">{t("order.number")}</dt>
        <dd data-testid="order-number" className="font-mono font-semibold">{order.number}</dd>
      </div>
      <div>
        <dt className="text-muted">{t("order.store")}</dt>
        <dd className="font-medium">{order.fulfilments.map((part) => part.store.name).join(", ")}</dd>
      </div>
      {!pickup && order.address && (
        <div>
          <dt className="text-muted">{t("checkout.where")}</dt>
          <dd className="font-medium break-words">{order.address.label}: {addressLine({ unit: order.address.unit ?? null, text: order.address.text ?? "" })}</dd>
          {order.address.door_note && <dd className="break-words text-muted">{order.address.door_note}</dd>}
        </div>
      )}
      {order.note && (
        <div>
          <dt className="text-muted">{t("checkout.note")}</dt>
          <dd className="break-words whitespace-pre-line">{order.note}</dd>
        </div>
      )}
    </dl>
  );
}

function Missing({ fault, onAgain }: { fault: unknown; onAgain: () => void }) {
  const t = useT();
  const sentence = useSentence(fault);
  const gone = fault instanceof ApiProblem && fault.status === 404;
  if (gone) return <Notice title={t("order.notFound")} action={<ButtonLink href="/orders">{t("orders.title")}</ButtonLink>}>{t("order.notFoundHint")}</Notice>;
  return <Notice title={t("order.cannotRead")} action={<Button onClick={onAgain}>{t("tryAgain")}</Button>}>{sentence}</Notice>;
}

function OrderSkeleton() {
  const t = useT();
  return (
    <div role="status" className="grid items-start gap-5 lg:grid-cols-[1fr_24rem]">
      <span className="sr-only">{t("loading")}</span>
      <div className="grid gap-5"><Skeleton className="h-72" /><Skeleton className="h-72" /></div>
      <Skeleton className="h-80" />
    </div>
  );
}
