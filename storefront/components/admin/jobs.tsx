"use client";

import { useState } from "react";
import useSWR from "swr";
import { PageHead } from "@/components/admin/page-head";
import { Table } from "@/components/staff/table";
import { usePages } from "@/components/staff/use-pages";
import { Button } from "@/components/ui/button";
import { Badge, Card, Skeleton } from "@/components/ui/states";
import { toast } from "@/components/ui/toast";
import { api, call } from "@/lib/api/client";
import type { components } from "@/lib/api/schema";
import { dateAndTime } from "@/lib/time";
import { useAction } from "@/lib/problems/use-problem";

type Dead = components["schemas"]["DeadLetter"];
type Check = components["schemas"]["Check"];

/** The work behind the scenes: what waits, what failed for good, and whether the books agree. */
export function Jobs() {
  return (
    <>
      <PageHead title="Jobs" />
      <div className="grid gap-6">
        <Queues />
        <DeadLetters />
        <Checks />
      </div>
    </>
  );
}

function Queues() {
  const { data } = useSWR("admin/jobs", () => call(api.GET("/api/v1/admin/jobs")), { refreshInterval: 5_000 });
  if (!data) return <Skeleton className="h-40" />;
  return (
    <section aria-labelledby="queues" className="grid gap-3">
      <h2 id="queues" className="text-lg font-bold">Queues and workers</h2>
      <div className="grid gap-3 sm:grid-cols-2 lg:grid-cols-4">
        {data.queues.map((queue) => (
          <Card key={queue.name}>
            <p className="font-semibold">{queue.name}</p>
            <p className="text-3xl font-extrabold">{queue.waiting}<span className="text-base font-normal text-muted"> waiting</span></p>
            <p className="text-sm text-muted">{queue.started} at work, {queue.failed} failed{queue.oldest_age_s !== null && `, oldest ${Math.round(queue.oldest_age_s)} s`}</p>
          </Card>
        ))}
        <Card>
          <p className="font-semibold">deliveries of events</p>
          <p className="text-3xl font-extrabold">{data.deliveries.waiting}<span className="text-base font-normal text-muted"> waiting</span></p>
          <p className="text-sm text-muted">{data.deliveries.dead} given up{data.deliveries.oldest_age_s !== null && `, oldest ${Math.round(data.deliveries.oldest_age_s)} s`}</p>
        </Card>
      </div>
      <ul className="flex flex-wrap gap-2">
        {data.workers.map((worker) => <li key={worker.name}><Badge tone={worker.state === "busy" ? "info" : "good"}>{worker.queue}: {worker.state}</Badge></li>)}
      </ul>
    </section>
  );
}

function DeadLetters() {
  const { busy, run } = useAction();
  const pages = usePages<Dead>(["admin/dead-letters"], (cursor) => call(api.GET("/api/v1/admin/dead-letters", { params: { query: { limit: 50, ...cursor } } })));
  const again = (letter: Dead) => run(async () => {
    await call(api.POST("/api/v1/admin/dead-letters/{delivery_id}/replay", { params: { path: { delivery_id: letter.id } } }));
    toast("Sent again");
    pages.refresh();
  });
  const all = () => run(async () => {
    const { replayed } = await call(api.POST("/api/v1/admin/dead-letters/replay", { body: {} }));
    toast(`${replayed} sent again`);
    pages.refresh();
  });
  return (
    <section aria-labelledby="dead" className="grid gap-3">
      <div className="flex items-center justify-between gap-3">
        <h2 id="dead" className="text-lg font-bold">Dead letters</h2>
        {pages.items.length > 0 && <Button look="secondary" busy={busy} onClick={all}>Send all again</Button>}
      </div>
      <Table
        label="Dead letters"
        pages={pages}
        keyOf={({ id }) => id}
        empty="Nothing was given up"
        columns={[
          { name: "What", cell: (row) => <><span className="font-semibold">{row.type}</span><span className="block text-sm text-muted">for {row.subscriber}</span></> },
          { name: "About", wide: true, cell: (row) => row.aggregate },
          { name: "Since", wide: true, cell: (row) => dateAndTime(row.dead_at) },
          { name: "Error", cell: (row) => <span className="line-clamp-3 font-mono text-sm">{row.error}</span> },
          { name: "Again", right: true, cell: (row) => <Button size="small" look="secondary" disabled={busy} aria-label={`Send ${row.type} again`} onClick={() => again(row)}>Again</Button> },
        ]}
      />
    </section>
  );
}

function Checks() {
  const { busy, run } = useAction();
  const [open, setOpen] = useState("");
  const pages = usePages<Check>(["admin/checks"], (cursor) => call(api.GET("/api/v1/admin/checks", { params: { query: { limit: 10, ...cursor } } })), { refreshInterval: 5_000 });
  const start = (full: boolean) => run(async () => {
    await call(api.POST("/api/v1/admin/checks", { body: { full } }));
    toast("The check has begun");
    pages.refresh();
  });
  const shown = pages.items.find(({ id }) => id === open);
  return (
    <section aria-labelledby="checks" className="grid gap-3">
      <div className="flex flex-wrap items-center justify-between gap-3">
        <h2 id="checks" className="text-lg font-bold">Do stock, orders and money agree?</h2>
        <span className="flex gap-2">
          <Button look="secondary" busy={busy} onClick={() => start(false)}>Check what changed</Button>
          <Button look="secondary" busy={busy} onClick={() => start(true)}>Check everything</Button>
        </span>
      </div>
      <Table
        label="Checks"
        pages={pages}
        keyOf={({ id }) => id}
        empty="No check was run yet"
        columns={[
          { name: "When", cell: (row) => dateAndTime(row.at) },
          { name: "What", wide: true, cell: (row) => (row.full ? "everything" : "what changed") },
          { name: "State", cell: (row) => row.state },
          { name: "Findings", right: true, cell: (row) => row.findings.length === 0 ? <Badge tone={row.finished_at ? "good" : "plain"}>{row.finished_at ? "none" : "…"}</Badge> : <Button size="small" look="danger" onClick={() => setOpen(row.id === open ? "" : row.id)}>{row.findings.length}</Button> },
        ]}
      />
      {shown && (
        <Card>
          <ul className="grid gap-2">{shown.findings.map((finding, index) => <li key={index}><strong>{finding.invariant}</strong> {finding.subject}: {finding.detail}</li>)}</ul>
        </Card>
      )}
    </section>
  );
}
