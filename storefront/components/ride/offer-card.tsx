"use client";

import { useEffect, useState } from "react";
import { Button } from "@/components/ui/button";
import { toast } from "@/components/ui/toast";
import { api, call } from "@/lib/api/client";
import type { RiderOffer } from "@/lib/api/types";
import { useLocale, useT } from "@/lib/i18n/client";
import { money } from "@/lib/money";
import { useAction } from "@/lib/problems/use-problem";
import { distance, timeOfDay } from "@/lib/time";

const RADIUS = 44;
const ROUND = 2 * Math.PI * RADIUS;

/** The offer over the whole screen: what it pays, how far it is, how long there is to say yes. */
export function OfferCard({ offer, onAnswered }: { offer: RiderOffer; onAnswered: () => void }) {
  const t = useT();
  const locale = useLocale();
  const { busy, run } = useAction();
  const [whole] = useState(Math.max(1, offer.seconds_left));
  const [left, setLeft] = useState(offer.seconds_left);

  useEffect(() => {
    // By the time that was left on the server, as phones' clocks are wrong.
    const ends = performance.now() + offer.seconds_left * 1_000;
    const timer = setInterval(() => {
      const seconds = Math.max(0, Math.ceil((ends - performance.now()) / 1_000));
      setLeft(seconds);
      if (seconds === 0) {
        clearInterval(timer);
        onAnswered();
      }
    }, 250);
    return () => clearInterval(timer);
  }, [offer.id, offer.seconds_left, onAnswered]);

  const path = { offer_id: offer.id };
  const answer = (ask: () => Promise<unknown>) => run(ask, ({ code }) => {
    if (code !== "offer_expired" && code !== "offer_withdrawn") return false;
    toast(t("ride.tooLate"), "refused");
    return true;
  }).then(onAnswered);
  const accept = () => answer(() => call(api.POST("/api/v1/rider/offers/{offer_id}/accept", { params: { path } })));
  const reject = () => answer(() => call(api.POST("/api/v1/rider/offers/{offer_id}/reject", { params: { path }, body: {} })));

  return (
    <section role="alertdialog" aria-modal="true" aria-label={t("ride.offer")} className="fixed inset-0 z-40 flex flex-col gap-5 overflow-y-auto bg-surface p-5">
      <div className="flex items-center justify-between">
        <div>
          <h2 className="text-2xl font-extrabold">{t("ride.offer")}</h2>
          <p className="text-muted">{t("ride.offerFor", { number: offer.number })} · {offer.pickup.name}</p>
        </div>
        <svg viewBox="0 0 100 100" className="size-24 shrink-0" role="timer" aria-label={t("ride.secondsLeft", { count: left })}>
          <circle cx="50" cy="50" r={RADIUS} fill="none" stroke="var(--line)" strokeWidth="9" />
          <circle cx="50" cy="50" r={RADIUS} fill="none" stroke={left <= 8 ? "var(--danger)" : "var(--brand)"} strokeWidth="9" strokeLinecap="round" strokeDasharray={ROUND} strokeDashoffset={ROUND * (1 - left / whole)} transform="rotate(-90 50 50)" />
          <text x="50" y="60" textAnchor="middle" fontSize="30" fontWeight="800" fill="var(--ink)">{left}</text>
        </svg>
      </div>
      <div className="rounded-3xl bg-brand-soft p-6 text-center">
        <p className="text-lg">{t("ride.pay")}</p>
        <p className="text-6xl font-extrabold text-brand-deep">{money(offer.pay, locale)}</p>
        {offer.tip.amount > 0 && <p className="mt-1 font-semibold">{t("ride.tip", { amount: money(offer.tip, locale) })}</p>}
      </div>
      <dl className="grid grid-cols-2 gap-3 text-center">
        <div className="rounded-2xl border border-line p-4"><dt className="text-muted">{t("ride.toStore")}</dt><dd className="text-3xl font-extrabold">{distance(offer.distance_m, locale)}</dd></div>
        <div className="rounded-2xl border border-line p-4"><dt className="text-muted">{t("ride.toDoor")}</dt><dd className="text-3xl font-extrabold">{distance(offer.drop_distance_m, locale)}</dd></div>
      </dl>
      <p className="text-center text-lg">{offer.pickup.address}<br />{t("ride.readyAt", { time: timeOfDay(offer.ready_at, locale) })}</p>
      <div className="mt-auto grid gap-3">
        <Button size="huge" wide busy={busy} onClick={accept} className="min-h-20 text-2xl">{t("ride.accept")}</Button>
        <Button look="secondary" size="large" wide disabled={busy} onClick={reject}>{t("ride.reject")}</Button>
      </div>
    </section>
  );
}
