"use client";

import { Banknote, Navigation } from "lucide-react";
import dynamic from "next/dynamic";
import { useState } from "react";
import { HandOver } from "@/components/ride/hand-over";
import { Button } from "@/components/ui/button";
import { Dialog } from "@/components/ui/dialog";
import { Badge, Card } from "@/components/ui/states";
import type { Point, Task } from "@/lib/api/types";
import type { Key } from "@/lib/i18n/dictionaries";
import { useLocale, useT } from "@/lib/i18n/client";
import { money } from "@/lib/money";
import type { NewTap } from "@/lib/ride/taps";
import type { Seen } from "@/lib/ride/use-position";
import { timeOfDay } from "@/lib/time";

const RideMap = dynamic(() => import("@/components/ride/ride-map"), { ssr: false, loading: () => <div className="h-72 rounded-2xl bg-sunken" /> });

const AT_THE_DOOR = ["ride.why.noAnswer", "ride.why.wrongAddress", "ride.why.refused", "ride.why.closed"] as const;
const AT_THE_STORE = ["ride.why.late", "ride.why.bike", "ride.why.ill"] as const;

/** The delivery on his hands: where to go, what to take, and one big button for what comes next. */
export function TaskView({ task, seen, onTap }: { task: Task; seen: Seen | null; onTap: (tap: NewTap) => Promise<void> }) {
  const t = useT();
  const locale = useLocale();
  const [asking, setAsking] = useState<"code" | "failed" | "give_back" | null>(null);
  const may = (action: string) => task.allowed_actions.includes(action);
  const toStore = task.state === "assigned";
  const title: Key = toStore ? "ride.step.pickup" : task.state === "attempt_failed" ? "ride.step.failed" : "ride.step.drop";
  const target = toStore ? task.pickup.location : task.drop.location;
  const address = task.drop.address;
  const close = () => setAsking(null);
  const tap = (wanted: NewTap) => {
    close();
    void onTap(wanted);
  };
  return (
    <>
      <section aria-labelledby="task" data-testid="task" data-state={task.state} className="grid gap-4">
        <div className="flex items-center justify-between gap-3">
          <h2 id="task" className="text-2xl font-extrabold">{t(title)}</h2>
          <Badge tone="info">{task.number}</Badge>
        </div>
        <RideMap task={task} seen={seen} />
        <Card className="grid gap-2 text-lg">
          {toStore ? (
            <>
              <p className="text-xl font-bold">{task.pickup.name}</p>
              <p>{task.pickup.address}</p>
              <p className="font-semibold">{t("ride.lines", { count: task.lines })} · {task.packed ? t("ride.readyNow") : t("ride.readyAt", { time: timeOfDay(task.ready_at, locale) })}</p>
            </>
          ) : (
            <>
              {task.customer_name && <p className="text-xl font-bold">{t("ride.customer", { name: task.customer_name })}</p>}
              {address?.unit && <p className="font-semibold">{t("ride.unit", { unit: address.unit })}</p>}
              {address?.text && <p>{address.text}</p>}
              {address?.door_note && <p className="rounded-xl bg-sun-soft p-3">{address.door_note}</p>}
              {task.note && <p className="rounded-xl bg-sun-soft p-3">{task.note}</p>}
            </>
          )}
        </Card>
        {task.cash_to_collect.amount > 0
          ? <p className="flex items-center justify-center gap-3 rounded-2xl bg-sun p-4 text-2xl font-extrabold text-on-sun"><Banknote aria-hidden="true" className="size-8" />{t("ride.cash", { amount: money(task.cash_to_collect, locale) })}</p>
          : <p className="text-center text-muted">{t("ride.prepaid")}</p>}
        {task.state === "attempt_failed" && <p className="rounded-2xl bg-warn-soft p-4 text-lg">{t("ride.failedText")}</p>}
        <a href={directions(target)} target="_blank" rel="noreferrer" className="inline-flex min-h-14 items-center justify-center gap-2 rounded-xl border border-edge bg-surface text-lg font-semibold">
          <Navigation aria-hidden="true" className="size-5" />
          {t("ride.navigate")}
        </a>
        {toStore && (
          <Button size="huge" wide disabled={!may("picked_up")} onClick={() => tap({ kind: "picked_up", taskId: task.id })} className="min-h-20 text-2xl">
            {may("picked_up") ? t("ride.pickedUp") : t("ride.notPacked")}
          </Button>
        )}
        {may("delivered") && <Button size="huge" wide onClick={() => setAsking("code")} className="min-h-20 text-2xl">{t("ride.deliver")}</Button>}
        {may("failed") && <Button look="secondary" size="large" wide onClick={() => setAsking("failed")}>{t("ride.noOne")}</Button>}
        {may("give_back") && <Button look="quiet" size="large" wide onClick={() => setAsking("give_back")}>{t("ride.giveBack")}</Button>}
      </section>
      {asking === "code" && <HandOver maySign={task.cash_to_collect.amount === 0} onClose={close} onProof={(proof) => tap({ kind: "delivered", taskId: task.id, ...proof })} />}
      {(asking === "failed" || asking === "give_back") && (
        <Dialog open title={t("ride.why")} closeLabel={t("close")} onClose={close}>
          <div className="grid gap-3">
            {(asking === "failed" ? AT_THE_DOOR : AT_THE_STORE).map((why) => (
              <Button key={why} look="secondary" size="huge" wide onClick={() => tap({ kind: asking, taskId: task.id, reason: t(why) })}>{t(why)}</Button>
            ))}
          </div>
        </Dialog>
      )}
    </>
  );
}

/** Hands the way over to whatever the phone navigates with. */
function directions({ coordinates: [lng, lat] }: Point): string {
  return `https://www.google.com/maps/dir/?api=1&travelmode=two-wheeler&destination=${lat},${lng}`;
}
