"use client";

import type { ReactNode } from "react";
import { cx } from "@/components/ui/cx";
import type { Totals } from "@/lib/api/types";
import { useLocale, useT } from "@/lib/i18n/client";
import { money } from "@/lib/money";

/** The bill, each fee with its reason. */
export function TotalsTable({ totals, pickup = false }: { totals: Totals; pickup?: boolean }) {
  const t = useT();
  const locale = useLocale();
  const free = totals.delivery_fee.amount === 0;
  return (
    <div className="grid gap-2">
      <dl className="grid gap-1.5">
        <Row name={t("bill.items")}>{money(totals.items, locale)}</Row>
        {totals.savings.amount > 0 && <Row name={t("bill.savings")} good>{money(totals.savings, locale)}</Row>}
        {totals.discount.amount > 0 && <Row name={t("bill.discount")} good>−{money(totals.discount, locale)}</Row>}
        {!pickup && <Row name={t("bill.delivery")} good={free}>{free ? t("bill.free") : money(totals.delivery_fee, locale)}</Row>}
        <Row name={t("bill.handling")}>{money(totals.handling_fee, locale)}</Row>
        {totals.tip.amount > 0 && <Row name={t("bill.tip")}>{money(totals.tip, locale)}</Row>}
        <div className="mt-1 flex items-baseline justify-between gap-4 border-t border-line pt-2 text-lg font-bold">
          <dt>{t("bill.total")}</dt>
          <dd className="tabular-nums" data-testid="total">{money(totals.total, locale)}</dd>
        </div>
      </dl>
      <details className="text-sm text-muted">
        <summary className="flex min-h-11 items-center font-medium underline decoration-dotted underline-offset-4">{t("bill.why")}</summary>
        <ul className="grid gap-1 pb-2">
          <li>{t("bill.taxWhy", { tax: money(totals.tax_included, locale) })}</li>
          {!pickup && <li>{t("bill.deliveryWhy")}</li>}
          <li>{t("bill.handlingWhy")}</li>
          {!pickup && <li>{t("bill.tipWhy")}</li>}
        </ul>
      </details>
    </div>
  );
}

function Row({ name, good, children }: { name: string; good?: boolean; children: ReactNode }) {
  return (
    <div className="flex items-baseline justify-between gap-4">
      <dt className="text-muted">{name}</dt>
      <dd className={cx("tabular-nums", good && "font-semibold text-brand-deep")}>{children}</dd>
    </div>
  );
}
