"use client";

import { Bike, LogOut, Wallet, WifiOff } from "lucide-react";
import { useRouter } from "next/navigation";
import { useCallback, useEffect, useRef, useState } from "react";
import useSWR, { mutate } from "swr";
import { Earnings } from "@/components/ride/earnings";
import { OfferCard } from "@/components/ride/offer-card";
import { TaskView } from "@/components/ride/task-view";
import { Button, IconButton } from "@/components/ui/button";
import { Banner, Notice, Skeleton } from "@/components/ui/states";
import { toast } from "@/components/ui/toast";
import { api, call } from "@/lib/api/client";
import { ApiProblem } from "@/lib/api/problem";
import type { Task } from "@/lib/api/types";
import { useLocale, useT } from "@/lib/i18n/client";
import { useLive } from "@/lib/live";
import { explain } from "@/lib/problems/explain";
import { useAction } from "@/lib/problems/use-problem";
import { ring } from "@/lib/ride/ring";
import { foreseen } from "@/lib/ride/taps";
import { usePosition } from "@/lib/ride/use-position";
import { useTaps } from "@/lib/ride/use-taps";

const EVENTS = ["delivery.offered", "delivery.offer_declined", "delivery.offer_timed_out", "delivery.offer_withdrawn", "delivery.assigned", "delivery.cancelled", "delivery.given_back", "delivery.loaded", "delivery.done", "delivery.attempt_failed", "delivery.retried", "delivery.returned", "delivery.code_locked", "order.packed", "reset"] as const;
const POLL_MS = 15_000;
const LAST_TASK = "ride-last-task";

/** The whole app of a rider: duty, the offer, the delivery on his hands, earnings. One page, readable offline. */
export function RiderApp() {
  const t = useT();
  const router = useRouter();
  const [tab, setTab] = useState<"work" | "earnings">("work");
  const { data: me, error, mutate: readMe } = useSWR("rider/me", () => call(api.GET("/api/v1/rider/me")), { refreshInterval: POLL_MS });
  const onDuty = me?.online ?? false;
  const { data: offers, mutate: readOffers } = useSWR(onDuty ? "rider/offers" : null, () => call(api.GET("/api/v1/rider/offers")), { refreshInterval: POLL_MS });
  const { task, readTask } = useLastTask();
  const refresh = useCallback(() => {
    void readOffers();
    void readTask();
    void readMe();
  }, [readOffers, readTask, readMe]);
  const { taps, refusals, tap, forget } = useTaps(refresh);
  const { seen, denied } = usePosition(onDuty);
  const { busy, run } = useAction();
  useLive(me ? "/api/v1/rider/events" : null, EVENTS, refresh);
  const online = useOnline();
  useServiceWorker();

  const notSignedIn = error instanceof ApiProblem && error.status === 401;
  useEffect(() => {
    if (notSignedIn) router.replace("/ride/sign-in?next=/ride");
  }, [notSignedIn, router]);

  const offer = offers?.items[0] ?? null;
  const rung = useRef("");
  useEffect(() => {
    if (!offer || rung.current === offer.id) return;
    rung.current = offer.id;
    ring();
  }, [offer]);

  const current = task ? foreseen(task, taps) : null;
  const turn = (on: boolean) => run(
    async () => {
      await readMe(call(api.POST("/api/v1/rider/shift", { body: { online: on } })), { revalidate: false });
      refresh();
    },
    ({ code }) => { if (code !== "task_open") return false; toast(t("ride.busy"), "refused"); return true; },
  );
  const signOut = () => run(async () => {
    await call(api.POST("/api/v1/auth/logout"));
    localStorage.removeItem(LAST_TASK);
    await mutate(() => true, undefined, { revalidate: false });
    router.replace("/ride/sign-in");
  });

  if (error instanceof ApiProblem && (error.code === "rider_not_registered" || error.status === 403)) {
    return <main className="p-6"><Refused fault={error} /></main>;
  }
  return (
    <div className="mx-auto flex min-h-dvh max-w-xl flex-col">
      <header className="sticky top-0 z-20 flex items-center justify-between gap-3 border-b border-line bg-surface px-4 py-2">
        <div>
          <h1 className="text-lg leading-tight font-extrabold">{t("ride.title")}</h1>
          <p data-testid="duty" className={onDuty ? "font-bold text-brand-deep" : "text-muted"}>{onDuty ? t("ride.onDuty") : t("ride.offDuty")}{me && ` · ${me.name}`}</p>
        </div>
        <div className="flex items-center gap-1">
          {onDuty && <Button look="secondary" busy={busy} onClick={() => turn(false)}>{t("ride.goOff")}</Button>}
          <IconButton label={t("ride.signOut")} onClick={signOut}><LogOut aria-hidden="true" className="size-5" /></IconButton>
        </div>
      </header>
      <main className="flex flex-1 flex-col gap-4 p-4 pb-24">
        {!online && <Banner tone="warn"><span className="flex items-center gap-2"><WifiOff aria-hidden="true" className="size-5" />{t("ride.offline")}</span></Banner>}
        {taps.length > 0 && <Banner tone="info">{t("ride.queued", { count: taps.length })}</Banner>}
        {refusals.map(({ tap: { id }, problem }) => <RefusedTap key={id} problem={problem} onForget={forget} />)}
        {onDuty && denied && <Banner tone="warn">{t("ride.noPosition")}</Banner>}
        {tab === "earnings" ? <Earnings /> : current ? (
          <TaskView task={current} seen={seen} onTap={tap} />
        ) : !me && error && !notSignedIn ? (
          <Unread fault={error} onAgain={refresh} />
        ) : !me ? (
          <div className="grid gap-4"><Skeleton className="h-40" /><Skeleton className="h-16" /></div>
        ) : onDuty ? (
          <Notice icon={<Bike aria-hidden="true" className="size-8" />} title={t("ride.waiting")}>{t("ride.waitingText")}</Notice>
        ) : (
          <Notice icon={<Bike aria-hidden="true" className="size-8" />} title={t("ride.offDuty")} action={<Button size="huge" wide busy={busy} onClick={() => turn(true)}>{t("ride.goOn")}</Button>}>{t("ride.offText")}</Notice>
        )}
      </main>
      <nav aria-label={t("ride.title")} className="fixed inset-x-0 bottom-0 border-t border-line bg-surface pb-[env(safe-area-inset-bottom)]">
        <div className="mx-auto grid max-w-xl grid-cols-2">
          {([["work", t("ride.work"), Bike], ["earnings", t("ride.earnings"), Wallet]] as const).map(([name, word, Icon]) => (
            <button key={name} type="button" aria-pressed={tab === name} onClick={() => setTab(name)} className={`flex min-h-16 items-center justify-center gap-2 text-lg font-bold ${tab === name ? "text-brand-deep" : "text-muted"}`}>
              <Icon aria-hidden="true" className="size-6" />
              {word}
            </button>
          ))}
        </div>
      </nav>
      {offer && !current && <OfferCard key={offer.id} offer={offer} onAnswered={refresh} />}
    </div>
  );
}

/** The delivery on his hands; the last one known is there at once, also without a connection. */
function useLastTask(): { task: Task | null; readTask: () => void } {
  const { data, mutate } = useSWR("rider/tasks", async () => {
    const task = (await call(api.GET("/api/v1/rider/tasks", { params: { query: { status: "active" } } }))).items[0] ?? null;
    localStorage.setItem(LAST_TASK, JSON.stringify(task));
    return task;
  }, { refreshInterval: POLL_MS });
  const [kept, setKept] = useState<Task | null>(null);
  useEffect(() => {
    // After the first paint, as the server does not know it.
    const text = localStorage.getItem(LAST_TASK);
    if (text) queueMicrotask(() => setKept(JSON.parse(text) as Task | null));
  }, []);
  return { task: data === undefined ? kept : data, readTask: useCallback(() => void mutate(), [mutate]) };
}

function useOnline(): boolean {
  const [online, setOnline] = useState(true);
  useEffect(() => {
    const look = () => setOnline(navigator.onLine);
    look();
    window.addEventListener("online", look);
    window.addEventListener("offline", look);
    return () => {
      window.removeEventListener("online", look);
      window.removeEventListener("offline", look);
    };
  }, []);
  return online;
}

function useServiceWorker(): void {
  useEffect(() => {
    navigator.serviceWorker?.register("/sw.js", { scope: "/ride" }).catch(() => undefined);
  }, []);
}

function useSentence(fault: unknown): string {
  const locale = useLocale();
  const [sentence, setSentence] = useState("");
  useEffect(() => {
    let gone = false;
    void explain(fault, locale).then((text) => { if (!gone) setSentence(text); });
    return () => { gone = true; };
  }, [fault, locale]);
  return sentence;
}

function RefusedTap({ problem, onForget }: { problem: ApiProblem; onForget: () => void }) {
  const t = useT();
  const why = useSentence(problem);
  const left = problem.problem.attempts_left;
  const text = problem.code === "wrong_code" && typeof left === "number" ? t("ride.codeWrong", { count: left }) : problem.code === "code_locked" ? t("ride.codeLocked") : t("ride.refused", { why });
  return <Banner tone="bad" action={<Button look="secondary" size="small" onClick={onForget}>{t("close")}</Button>}>{text}</Banner>;
}

function Unread({ fault, onAgain }: { fault: unknown; onAgain: () => void }) {
  const t = useT();
  return <Banner tone="bad" action={<Button look="secondary" onClick={onAgain}>{t("tryAgain")}</Button>}>{useSentence(fault)}</Banner>;
}

function Refused({ fault }: { fault: ApiProblem }) {
  const t = useT();
  return <Notice title={t("ride.title")}>{useSentence(fault)}</Notice>;
}
