"use client";

import useSWR from "swr";
import { Card, Skeleton } from "@/components/ui/states";
import { api, call } from "@/lib/api/client";
import { useLocale, useT } from "@/lib/i18n/client";
import { money } from "@/lib/money";

const DAY_MS = 86_400_000;

/** Today as the API knows it, and the week that ends with it. */
export function Earnings() {
  const t = useT();
  const { data: today } = useSWR("rider/earnings", () => call(api.GET("/api/v1/rider/earnings")), { refreshInterval: 60_000 });
  const { data: week } = useSWR(today ? ["rider/earnings", today.to] : null, () => {
    const from = new Date(Date.parse(`${today?.to}T00:00:00Z`) - 6 * DAY_MS).toISOString().slice(0, 10);
    return call(api.GET("/api/v1/rider/earnings", { params: { query: { from, to: today?.to } } }));
  });
  return (
    <div className="grid gap-4">
      <Period title={t("ride.today")} earned={today} />
      <Period title={t("ride.week")} earned={week} />
    </div>
  );
}

type Earned = { deliveries: number; tips: Amount; total: Amount; cash_collected: Amount };
type Amount = { amount: number; currency: string };

function Period({ title, earned }: { title: string; earned: Earned | undefined }) {
  const t = useT();
  const locale = useLocale();
  return (
    <Card>
      <h2 className="text-lg font-bold">{title}</h2>
      {earned ? (
        <>
          <p className="text-5xl font-extrabold text-brand-deep">{money(earned.total, locale)}</p>
          <p className="text-lg">{t("ride.deliveries", { count: earned.deliveries })}</p>
          <dl className="mt-3 grid grid-cols-2 gap-2 border-t border-line pt-3">
            <div><dt className="text-muted">{t("ride.tips")}</dt><dd className="text-xl font-bold">{money(earned.tips, locale)}</dd></div>
            <div><dt className="text-muted">{t("ride.cashHeld")}</dt><dd className="text-xl font-bold">{money(earned.cash_collected, locale)}</dd></div>
          </dl>
        </>
      ) : <Skeleton className="mt-2 h-28" />}
    </Card>
  );
}
