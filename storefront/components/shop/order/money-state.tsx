"use client";

import { Banner } from "@/components/ui/states";
import type { Order } from "@/lib/api/types";
import { useLocale, useT } from "@/lib/i18n/client";
import { money } from "@/lib/money";

/** How it is paid, and what of it came back. */
export function MoneyState({ order }: { order: Order }) {
  const t = useT();
  const locale = useLocale();
  const { provider, captured, refunded, status } = order.payment;
  const lost = order.status === "cancelled" || order.status === "returned" || order.status === "expired";
  return (
    <div className="grid gap-2">
      {!lost && order.status !== "payment_pending" && (
        <p className="text-sm text-muted">{t(provider === "cod" ? (status === "cod_due" ? "money.cashDue" : "money.cashPaid") : "money.paidOnline", { amount: money(provider === "cod" ? order.totals.total : captured, locale) })}</p>
      )}
      {lost && captured.amount > refunded.amount && <Banner tone="info">{t("money.refundComing", { amount: money({ ...captured, amount: captured.amount - refunded.amount }, locale) })}</Banner>}
      {refunded.amount > 0 && <Banner tone="good">{t("money.refunded", { amount: money(refunded, locale) })}</Banner>}
    </div>
  );
}
