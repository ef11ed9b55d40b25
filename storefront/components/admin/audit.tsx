"use client";

import { useState } from "react";
import { PageHead } from "@/components/admin/page-head";
import { SearchField } from "@/components/admin/search-field";
import { Table } from "@/components/staff/table";
import { usePages } from "@/components/staff/use-pages";
import { api, call } from "@/lib/api/client";
import type { components } from "@/lib/api/schema";
import { dateAndTime } from "@/lib/time";

type Row = components["schemas"]["AuditRow"];

/** Who did what to which thing, when and why. Nothing here can be changed. */
export function Audit() {
  const [actor, setActor] = useState("");
  const [action, setAction] = useState("");
  const [subject, setSubject] = useState("");
  const pages = usePages<Row>(["admin/audit", actor, action, subject], (cursor) => call(api.GET("/api/v1/admin/audit", {
    params: { query: { limit: 50, ...(actor ? { actor } : {}), ...(action ? { action } : {}), ...(subject ? { subject } : {}), ...cursor } },
  })));
  return (
    <>
      <PageHead title="Audit">
        <SearchField label="Who (user id)" onSearch={setActor} />
        <SearchField label="Action" onSearch={setAction} />
        <SearchField label="What it is about" onSearch={setSubject} />
      </PageHead>
      <Table
        label="Audit"
        pages={pages}
        keyOf={({ id }) => id}
        empty="Nothing recorded"
        columns={[
          { name: "When", cell: (row) => dateAndTime(row.at) },
          { name: "Who", cell: (row) => row.actor_name ?? row.actor },
          { name: "Action", cell: (row) => <span className="font-semibold">{row.action.replaceAll("_", " ")}</span> },
          { name: "About", cell: (row) => row.subject },
          { name: "Why", wide: true, cell: (row) => row.reason ?? "–" },
          { name: "Before and after", wide: true, cell: (row) => <Facts before={row.before} after={row.after} /> },
        ]}
      />
    </>
  );
}

function Facts({ before, after }: { before?: unknown; after?: unknown }) {
  if (!before && !after) return <>–</>;
  return (
    <details>
      <summary className="min-h-8 text-brand-deep">Show</summary>
      <pre className="max-w-md overflow-x-auto rounded-lg bg-sunken p-2 text-xs">{JSON.stringify({ before, after }, null, 1)}</pre>
    </details>
  );
}
