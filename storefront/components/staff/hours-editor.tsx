"use client";

import { Plus, X } from "lucide-react";
import { useState } from "react";
import { Button, IconButton } from "@/components/ui/button";

type Hours = string[][][];
const DAYS = ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"];

/** Opening hours by weekday, several spans a day; a span may end after midnight, `24:00` is the day's end. */
export function HoursEditor({ hours, busy, onSave }: { hours: Hours; busy?: boolean; onSave: (hours: Hours) => void }) {
  const [days, setDays] = useState(hours);
  const change = (day: number, spans: string[][]) => setDays(days.map((old, index) => (index === day ? spans : old)));
  return (
    <form className="grid gap-3" onSubmit={(event) => { event.preventDefault(); onSave(days); }}>
      {DAYS.map((name, day) => {
        const spans = days[day] ?? [];
        return (
          <div key={name} role="group" aria-label={name} className="grid items-center gap-2 border-b border-line pb-3 last:border-0 sm:grid-cols-[7rem_1fr]">
            <span className="font-semibold">{name}</span>
            <div className="flex flex-wrap items-center gap-2">
              {spans.length === 0 && <span className="text-muted">Closed</span>}
              {spans.map(([opens = "", closes = ""], index) => {
                const set = (span: string[]) => change(day, spans.map((old, other) => (other === index ? span : old)));
                return (
                  <span key={index} className="inline-flex items-center gap-1 rounded-xl bg-sunken p-1">
                    <Time label={`${name} opens`} value={opens} onChange={(value) => set([value, closes])} />
                    –
                    <Time label={`${name} closes`} value={closes} onChange={(value) => set([opens, value])} />
                    <IconButton label={`Remove this span on ${name}`} onClick={() => change(day, spans.filter((_, other) => other !== index))}><X aria-hidden="true" className="size-4" /></IconButton>
                  </span>
                );
              })}
              <IconButton label={`Add a span on ${name}`} onClick={() => change(day, [...spans, ["09:00", "21:00"]])}><Plus aria-hidden="true" className="size-5" /></IconButton>
            </div>
          </div>
        );
      })}
      <Button type="submit" size="large" busy={busy}>Save hours</Button>
    </form>
  );
}

function Time({ label, value, onChange }: { label: string; value: string; onChange: (value: string) => void }) {
  return <input aria-label={label} value={value} onChange={(event) => onChange(event.target.value)} pattern="([01][0-9]|2[0-3]):[0-5][0-9]|24:00" title="Hours and minutes as 09:30, 24:00 for midnight" required className="h-11 w-20 rounded-lg border border-edge bg-surface text-center" />;
}
