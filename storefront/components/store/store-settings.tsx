"use client";

import { useState } from "react";
import { momentOf, shopDate, shopTime } from "@/components/store/store-time";
import { useStore } from "@/components/store/store-frame";
import { HoursEditor } from "@/components/staff/hours-editor";
import { Button } from "@/components/ui/button";
import { TextField } from "@/components/ui/field";
import { Badge, Banner, Card } from "@/components/ui/states";
import { toast } from "@/components/ui/toast";
import { api, call } from "@/lib/api/client";
import type { components } from "@/lib/api/schema";
import { useAction } from "@/lib/problems/use-problem";

const inMinutes = (minutes: number) => new Date(Date.now() + minutes * 60_000).toISOString();

type Change = components["schemas"]["StoreSettings"];

/** Take orders or not, when, and how many at once. */
export function StoreSettings() {
  const { store, refresh } = useStore();
  const { busy, run } = useAction();
  const [reason, setReason] = useState("");
  const [problem, setProblem] = useState("");
  const save = (body: Change, said: string) => run(async () => {
    setProblem("");
    // To pause or to open is meant whatever else was changed; all else was edited from what was read.
    const header = body.mode ? {} : { header: { "If-Match": `"${store.version}"` } };
    await call(api.PATCH("/api/v1/store", { params: { query: { store_id: store.id }, ...header }, body }));
    toast(said);
    refresh();
  }, ({ code }) => {
    if (code !== "precondition_failed") return false;
    setProblem("Nothing was saved: the store was changed in another place since this page was read. It is read again now; look at it and save once more.");
    refresh();
    return true;
  });
  const pause = (minutes: number) => save({ mode: "paused", mode_until: inMinutes(minutes), mode_reason: reason.trim() || "Paused by the store" }, `Paused for ${minutes} minutes`);
  const day = store.closures.map((closure) => `${shopDate(closure.from, store.timezone)} to ${shopDate(closure.to, store.timezone)}${closure.reason ? `: ${closure.reason}` : ""}`);
  return (
    <div className="mx-auto grid max-w-3xl gap-5">
      <div>
        <h1 className="text-2xl font-extrabold">{store.name}</h1>
        <p className="text-muted">{store.address}</p>
      </div>
      {problem && <Banner tone="bad">{problem}</Banner>}
      <Card className="grid gap-4">
        <h2 className="flex items-center gap-3 text-xl font-bold">Orders <Badge tone={store.open ? "good" : "bad"}>{store.open ? store.mode === "busy" ? "Busy" : "Open" : store.mode === "paused" ? "Paused" : "Closed"}</Badge></h2>
        {store.mode !== "open" && (
          <Banner tone="warn">
            {store.mode === "paused" ? "No new orders" : "Fewer new orders"}
            {store.mode_until && ` until ${shopTime(store.mode_until, store.timezone)}`}
            {store.mode_reason && `: ${store.mode_reason}`}
            {store.mode_automatic && " (set by itself, as there is much to do)"}
          </Banner>
        )}
        {store.mode === "open" && <TextField label="Why (customers do not see it)" value={reason} maxLength={200} className="min-h-14" onChange={(event) => setReason(event.target.value)} />}
        <div className="grid gap-3 sm:grid-cols-2">
          {store.mode !== "open" && <Button size="huge" busy={busy} onClick={() => save({ mode: "open" }, "Open for orders")}>Take orders again</Button>}
          {store.mode !== "paused" && [15, 30, 60].map((minutes) => <Button key={minutes} look="danger" size="huge" disabled={busy} onClick={() => pause(minutes)}>Pause {minutes} minutes</Button>)}
          {store.mode === "open" && <Button look="secondary" size="huge" disabled={busy} onClick={() => save({ mode: "busy", mode_reason: reason.trim() || "Much to do" }, "Marked as busy")}>Busy: longer promise</Button>}
        </div>
      </Card>
      <Card>
        <form className="grid gap-4" onSubmit={(event) => {
          event.preventDefault();
          const fields = new FormData(event.currentTarget);
          void save({ pickers_on_duty: Number(fields.get("pickers")), capacity_per_10_min: Number(fields.get("capacity")) }, "Capacity saved");
        }}>
          <h2 className="text-xl font-bold">Capacity</h2>
          <div className="grid gap-4 sm:grid-cols-2">
            <TextField key={`p${store.pickers_on_duty}`} label="Pickers on duty" name="pickers" type="number" min={0} max={200} defaultValue={store.pickers_on_duty} className="min-h-14" required />
            <TextField key={`c${store.capacity_per_10_min}`} label="Orders in 10 minutes" name="capacity" type="number" min={1} max={1_000} defaultValue={store.capacity_per_10_min} className="min-h-14" required />
          </div>
          <Button type="submit" size="huge" busy={busy}>Save capacity</Button>
        </form>
      </Card>
      <Card className="grid gap-4">
        <h2 className="text-xl font-bold">Hours</h2>
        <div className="[&_button]:min-h-14 [&_button]:min-w-14 [&_input]:h-14">
          {/* Only other hours make a new form: what is typed outlives every other change of the store. */}
          <HoursEditor key={JSON.stringify(store.hours)} hours={store.hours} busy={busy} onSave={(hours) => save({ hours }, "Hours saved")} />
        </div>
      </Card>
      <Card className="grid gap-4">
        <h2 className="text-xl font-bold">Days closed</h2>
        {day.length === 0 ? <p className="text-muted">None planned.</p> : (
          <ul className="grid gap-2">
            {day.map((words, index) => (
              <li key={words} className="flex items-center justify-between gap-3 rounded-xl bg-sunken p-3">
                {words}
                <Button look="secondary" disabled={busy} className="min-h-14" onClick={() => save({ closures: store.closures.filter((_, other) => other !== index) }, "Taken out")}>Remove</Button>
              </li>
            ))}
          </ul>
        )}
        <form className="grid items-end gap-3 sm:grid-cols-3" onSubmit={(event) => {
          event.preventDefault();
          const fields = new FormData(event.currentTarget);
          const at = (name: string) => momentOf(String(fields.get(name)), store.timezone).toISOString();
          const why = String(fields.get("reason")).trim();
          void save({ closures: [...store.closures, { from: at("from"), to: at("to"), ...(why ? { reason: why } : {}) }] }, "Day closed");
        }}>
          <TextField label="From" name="from" type="datetime-local" className="min-h-14" required />
          <TextField label="To" name="to" type="datetime-local" className="min-h-14" required />
          <TextField label="Why" name="reason" maxLength={200} className="min-h-14" />
          <Button type="submit" look="secondary" size="huge" busy={busy} className="sm:col-span-3">Add</Button>
        </form>
      </Card>
    </div>
  );
}
