"use client";

import { useState } from "react";
import { PageHead } from "@/components/admin/page-head";
import { Table } from "@/components/staff/table";
import { usePages } from "@/components/staff/use-pages";
import { Button } from "@/components/ui/button";
import { Dialog } from "@/components/ui/dialog";
import { Select, TextField } from "@/components/ui/field";
import { Badge } from "@/components/ui/states";
import { toast } from "@/components/ui/toast";
import { api, call } from "@/lib/api/client";
import type { components } from "@/lib/api/schema";
import { dateAndTime } from "@/lib/time";
import { useAction } from "@/lib/problems/use-problem";

type Rider = components["schemas"]["AnyRider"];
const VEHICLES = ["bicycle", "e_bike", "scooter", "motorcycle"] as const;

/** Who rides: on duty or not, with what, and whether the account may. */
export function Riders() {
  const [duty, setDuty] = useState<"" | "on_duty" | "off_duty">("");
  const [changing, setChanging] = useState<Rider | null>(null);
  const [registering, setRegistering] = useState(false);
  const pages = usePages<Rider>(["admin/riders", duty], (cursor) => call(api.GET("/api/v1/admin/riders", { params: { query: { limit: 50, ...(duty ? { duty } : {}), ...cursor } } })), { refreshInterval: 15_000 });
  const done = () => { setChanging(null); setRegistering(false); pages.refresh(); };
  return (
    <>
      <PageHead title="Riders">
        <Select label="Duty" value={duty} onChange={(event) => setDuty(event.target.value as typeof duty)}>
          <option value="">All</option>
          <option value="on_duty">On duty</option>
          <option value="off_duty">Off duty</option>
        </Select>
        <Button onClick={() => setRegistering(true)}>Register a rider</Button>
      </PageHead>
      <Table
        label="Riders"
        pages={pages}
        keyOf={({ id }) => id}
        empty="No riders here"
        columns={[
          { name: "Name", cell: (rider) => <><span className="font-semibold">{rider.name}</span><span className="block text-sm text-muted">{rider.phone}</span></> },
          { name: "Duty", cell: (rider) => rider.account === "suspended" ? <Badge tone="bad">suspended</Badge> : rider.online ? <Badge tone="good">{rider.task_id ? "delivering" : "free"}</Badge> : <Badge>off duty</Badge> },
          { name: "Vehicle", wide: true, cell: (rider) => rider.vehicle.replaceAll("_", " ") },
          { name: "Last seen", wide: true, cell: (rider) => rider.location_at ? dateAndTime(rider.location_at) : "–" },
          { name: "Account", right: true, cell: (rider) => <Button size="small" look="secondary" aria-label={`${rider.account === "active" ? "Suspend" : "Activate"} ${rider.name}`} onClick={() => setChanging(rider)}>{rider.account === "active" ? "Suspend" : "Activate"}</Button> },
        ]}
      />
      {changing && <AccountDialog rider={changing} onClose={() => setChanging(null)} onDone={done} />}
      {registering && <RegisterDialog onClose={() => setRegistering(false)} onDone={done} />}
    </>
  );
}

function AccountDialog({ rider, onClose, onDone }: { rider: Rider; onClose: () => void; onDone: () => void }) {
  const { busy, run } = useAction();
  const becomes = rider.account === "active" ? ("suspended" as const) : ("active" as const);
  const save = (reason: string) => run(async () => {
    await call(api.PATCH("/api/v1/admin/riders/{rider_id}", { params: { path: { rider_id: rider.id } }, body: { account: becomes, reason } }));
    toast(`${rider.name} is ${becomes}`);
    onDone();
  });
  return (
    <Dialog open title={becomes === "suspended" ? `Suspend ${rider.name}` : `Activate ${rider.name}`} closeLabel="Close" onClose={onClose}>
      <form className="grid gap-4" onSubmit={(event) => { event.preventDefault(); void save(String(new FormData(event.currentTarget).get("reason"))); }}>
        <TextField label="Why" name="reason" required maxLength={200} hint="Kept in the audit." />
        <Button type="submit" look={becomes === "suspended" ? "danger" : "primary"} size="large" busy={busy}>{becomes === "suspended" ? "Suspend" : "Activate"}</Button>
      </form>
    </Dialog>
  );
}

function RegisterDialog({ onClose, onDone }: { onClose: () => void; onDone: () => void }) {
  const { busy, run } = useAction();
  const known = usePages(["admin/users", "riders"], (cursor) => call(api.GET("/api/v1/admin/users", { params: { query: { role: "rider", limit: 100, ...cursor } } })));
  const save = (fields: FormData) => run(async () => {
    await call(api.POST("/api/v1/admin/riders", { body: { user_id: String(fields.get("user")), vehicle: String(fields.get("vehicle")) as (typeof VEHICLES)[number] } }));
    toast("The rider is registered");
    onDone();
  });
  return (
    <Dialog open title="Register a rider" closeLabel="Close" onClose={onClose}>
      <form className="grid gap-4" onSubmit={(event) => { event.preventDefault(); void save(new FormData(event.currentTarget)); }}>
        <Select label="Account with the role rider" name="user" required hint="Give somebody the role under Users first.">
          {known.items.map(({ id, name, email }) => <option key={id} value={id}>{name} ({email})</option>)}
        </Select>
        {known.hasMore && <Button look="secondary" size="small" onClick={known.more}>More accounts</Button>}
        <Select label="Vehicle" name="vehicle">{VEHICLES.map((vehicle) => <option key={vehicle} value={vehicle}>{vehicle.replaceAll("_", " ")}</option>)}</Select>
        <Button type="submit" size="large" busy={busy}>Register</Button>
      </form>
    </Dialog>
  );
}
