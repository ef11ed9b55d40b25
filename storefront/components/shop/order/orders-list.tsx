"use client";

import { Link } from "@/components/ui/link";
import useSWRInfinite from "swr/infinite";
import { Reorder } from "@/components/shop/order/reorder";
import { ENDED } from "@/components/shop/order/use-order";
import { useMe } from "@/components/shop/account/session";
import { Button, ButtonLink } from "@/components/ui/button";
import { Icon } from "@/components/ui/icon";
import { Badge, Card, Notice, Skeleton, type Tone } from "@/components/ui/states";
import { api, call } from "@/lib/api/client";
import type { Order } from "@/lib/api/types";
import type { Key } from "@/lib/i18n/dictionaries";
import { useLocale, useT } from "@/lib/i18n/client";
import { money } from "@/lib/money";
import { useSentence } from "@/lib/problems/use-problem";
import { dateAndTime } from "@/lib/time";

type Page = { items: Order[]; next: string | null };
const PAGE = 10;

/** My orders, newest first, a page at a time. */
export function OrdersList() {
  const t = useT();
  const { me } = useMe();
  const { data, error, size, setSize, isLoading, isValidating, mutate } = useSWRInfinite<Page>(
    (index, before: Page | null) => (!me || (before && !before.next) ? null : ["orders", me.id, index === 0 ? "" : (before?.next ?? "")]),
    ([, , cursor]: [string, string, string]) => call(api.GET("/api/v1/orders", { params: { query: { limit: PAGE, cursor: cursor || undefined } } })),
    { revalidateFirstPage: true },
  );
  const sentence = useSentence(error);
  const orders = data?.flatMap((page) => page.items) ?? [];
  const more = data?.at(-1)?.next;
  if (error && !data) return <Notice title={t("orders.cannotRead")} action={<Button onClick={() => void mutate()}>{t("tryAgain")}</Button>}>{sentence}</Notice>;
  if (!data || isLoading) return <div role="status" className="grid gap-4"><span className="sr-only">{t("loading")}</span>{[1, 2, 3].map((row) => <Skeleton key={row} className="h-36" />)}</div>;
  if (orders.length === 0) {
    return <Notice icon={<Icon name="receipt" className="size-7" />} title={t("orders.none")} action={<ButtonLink href="/">{t("cart.startShopping")}</ButtonLink>}>{t("orders.noneHint")}</Notice>;
  }
  return (
    <div className="grid gap-4">
      <ul className="grid gap-4">{orders.map((order) => <li key={order.id}><OrderCard order={order} /></li>)}</ul>
      {more && <Button look="secondary" busy={isValidating && data.length < size} onClick={() => void setSize(size + 1)}>{t("orders.more")}</Button>}
    </div>
  );
}

function toneOf(status: string): Tone {
  if (status === "delivered" || status === "collected") return "good";
  if (status === "cancelled" || status === "expired" || status === "returned") return "bad";
  return status === "payment_pending" || status === "undeliverable" ? "warn" : "info";
}

const SHOWN = 3;

function OrderCard({ order }: { order: Order }) {
  const t = useT();
  const locale = useLocale();
  const names = order.lines.slice(0, SHOWN).map((line) => line.name).join(", ");
  const further = order.lines.length - SHOWN;
  return (
    <Card className="grid gap-3">
      <div className="flex flex-wrap items-center justify-between gap-2">
        <h2 className="font-bold"><Link href={`/orders/${order.id}`} className="inline-flex min-h-11 items-center hover:underline">{t("orders.number", { number: order.number })}</Link></h2>
        <Badge tone={toneOf(order.status)}>{t(`orders.status.${order.status}` as Key)}</Badge>
      </div>
      <p className="text-sm text-muted"><time dateTime={order.created_at}>{dateAndTime(order.created_at, locale)}</time> · {order.store.name} · <span className="font-semibold text-ink">{money(order.totals.total, locale)}</span></p>
      <p className="text-sm break-words">{names}{further > 0 && ` ${t("orders.further", { count: further })}`}</p>
      <div className="flex flex-wrap gap-2">
        <ButtonLink href={`/orders/${order.id}`} look={ENDED.has(order.status) ? "secondary" : "primary"} aria-label={`${t(ENDED.has(order.status) ? "orders.details" : "orders.follow")}, ${order.number}`}>{t(ENDED.has(order.status) ? "orders.details" : "orders.follow")}</ButtonLink>
        {ENDED.has(order.status) && <Reorder order={order} />}
      </div>
    </Card>
  );
}
