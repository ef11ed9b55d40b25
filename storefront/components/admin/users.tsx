"use client";

import { useState } from "react";
import { PageHead } from "@/components/admin/page-head";
import { SearchField } from "@/components/admin/search-field";
import { useSuperAdmin } from "@/components/admin/admin-frame";
import { useStores } from "@/components/admin/use-stores";
import { Table } from "@/components/staff/table";
import { usePages } from "@/components/staff/use-pages";
import { Button } from "@/components/ui/button";
import { Dialog } from "@/components/ui/dialog";
import { Select, TextField } from "@/components/ui/field";
import { Badge, Banner } from "@/components/ui/states";
import { toast } from "@/components/ui/toast";
import { api, call } from "@/lib/api/client";
import type { Account, User } from "@/lib/api/types";
import { dateAndTime } from "@/lib/time";
import { useAction } from "@/lib/problems/use-problem";

type Role = User["roles"][number];
const ROLES: Role[] = ["customer", "store_manager", "rider", "partner", "admin", "super_admin"];
const words = (role: string) => role.replaceAll("_", " ");

/** Everybody with an account: search, roles, the stores of managers, block. */
export function Users() {
  const mayChange = useSuperAdmin();
  const [q, setQ] = useState("");
  const [role, setRole] = useState<Role | "">("");
  const [editing, setEditing] = useState<Account | null>(null);
  const [creating, setCreating] = useState(false);
  const pages = usePages<Account>(["admin/users", q, role], (cursor) => call(api.GET("/api/v1/admin/users", { params: { query: { limit: 50, ...(q ? { q } : {}), ...(role ? { role } : {}), ...cursor } } })));
  const done = () => { setEditing(null); setCreating(false); pages.refresh(); };
  return (
    <>
      <PageHead title="Users">
        <SearchField label="Name, e-mail or phone" onSearch={setQ} />
        <Select label="Role" value={role} onChange={(event) => setRole(event.target.value as Role | "")}>
          <option value="">All</option>
          {ROLES.map((one) => <option key={one} value={one}>{words(one)}</option>)}
        </Select>
        {mayChange && <Button onClick={() => setCreating(true)}>New account</Button>}
      </PageHead>
      {!mayChange && <div className="mb-4"><Banner tone="info">Only a super-admin changes roles and blocks accounts.</Banner></div>}
      <Table
        label="Users"
        pages={pages}
        keyOf={({ id }) => id}
        empty="Nobody found"
        columns={[
          { name: "Name", cell: (user) => <><span className="font-semibold">{user.name}</span>{user.status === "blocked" && <> <Badge tone="bad">blocked</Badge></>}<span className="block text-sm text-muted">{user.email ?? user.phone}</span></> },
          { name: "Roles", cell: (user) => <span className="flex flex-wrap gap-1">{user.roles.map((one) => <Badge key={one}>{words(one)}</Badge>)}</span> },
          { name: "Stores", wide: true, cell: (user) => user.store_ids.join(", ") || "–" },
          { name: "Since", wide: true, cell: (user) => dateAndTime(user.created_at) },
          ...(mayChange ? [{ name: "Rights", right: true, cell: (user: Account) => <Button size="small" look="secondary" aria-label={`Rights of ${user.name}`} onClick={() => setEditing(user)}>Change</Button> }] : []),
        ]}
      />
      {editing && <RightsDialog account={editing} onClose={() => setEditing(null)} onDone={done} />}
      {creating && <NewAccountDialog onClose={() => setCreating(false)} onDone={done} />}
    </>
  );
}

function RoleFields({ roles, storeIds }: { roles: Role[]; storeIds: string[] }) {
  const { data: stores = [] } = useStores();
  const [chosen, setChosen] = useState(roles);
  const turn = (role: Role) => setChosen(chosen.includes(role) ? chosen.filter((other) => other !== role) : [...chosen, role]);
  return (
    <>
      <fieldset className="grid sm:grid-cols-2">
        <legend className="mb-1 font-medium">Roles</legend>
        {ROLES.map((role) => (
          <label key={role} className="flex min-h-10 items-center gap-2.5"><input type="checkbox" name="roles" value={role} checked={chosen.includes(role)} onChange={() => turn(role)} className="size-5 accent-brand" />{words(role)}</label>
        ))}
      </fieldset>
      {chosen.includes("store_manager") && (
        <fieldset className="grid max-h-48 overflow-y-auto rounded-xl border border-line p-3">
          <legend className="px-1 font-medium">Stores of this manager</legend>
          {stores.map(({ id, name }) => (
            <label key={id} className="flex min-h-10 items-center gap-2.5"><input type="checkbox" name="store_ids" value={id} defaultChecked={storeIds.includes(id)} className="size-5 accent-brand" />{name}</label>
          ))}
        </fieldset>
      )}
    </>
  );
}

function RightsDialog({ account, onClose, onDone }: { account: Account; onClose: () => void; onDone: () => void }) {
  const { busy, run } = useAction();
  const save = (fields: FormData) => run(async () => {
    const reason = String(fields.get("reason")).trim();
    const body = { roles: fields.getAll("roles") as Role[], store_ids: fields.getAll("store_ids").map(String), status: String(fields.get("status")) as "active" | "blocked", ...(reason ? { reason } : {}) };
    await call(api.PATCH("/api/v1/admin/users/{user_id}", { params: { path: { user_id: account.id } }, body }));
    toast(`The rights of ${account.name} are changed`);
    onDone();
  });
  return (
    <Dialog open title={`Rights of ${account.name}`} closeLabel="Close" onClose={onClose}>
      <form className="grid gap-4" onSubmit={(event) => { event.preventDefault(); void save(new FormData(event.currentTarget)); }}>
        <RoleFields roles={account.roles} storeIds={account.store_ids} />
        <Select label="Account" name="status" defaultValue={account.status}>
          <option value="active">active</option>
          <option value="blocked">blocked: signed out everywhere, cannot sign in</option>
        </Select>
        <TextField label="Why" name="reason" maxLength={200} hint="Kept in the audit." />
        <Button type="submit" size="large" busy={busy}>Save</Button>
      </form>
    </Dialog>
  );
}

function NewAccountDialog({ onClose, onDone }: { onClose: () => void; onDone: () => void }) {
  const { busy, run } = useAction();
  const [taken, setTaken] = useState("");
  const create = (fields: FormData) => run(
    async () => {
      const phone = String(fields.get("phone")).trim();
      const body = { name: String(fields.get("name")), email: String(fields.get("email")), password: String(fields.get("password")), roles: fields.getAll("roles") as Role[], store_ids: fields.getAll("store_ids").map(String), ...(phone ? { phone } : {}) };
      await call(api.POST("/api/v1/admin/users", { body }));
      toast("The account is there");
      onDone();
    },
    ({ code }) => { if (code !== "email_taken") return false; setTaken("There is an account with this address."); return true; },
  );
  return (
    <Dialog open title="New account" closeLabel="Close" onClose={onClose}>
      <form className="grid gap-4" onSubmit={(event) => { event.preventDefault(); void create(new FormData(event.currentTarget)); }}>
        <TextField label="Name" name="name" required maxLength={100} />
        <TextField label="E-mail" name="email" type="email" required error={taken} />
        <TextField label="Phone" name="phone" type="tel" placeholder="+91…" />
        <TextField label="First password" name="password" type="password" autoComplete="new-password" required minLength={8} />
        <RoleFields roles={["store_manager"]} storeIds={[]} />
        <Button type="submit" size="large" busy={busy}>Create</Button>
      </form>
    </Dialog>
  );
}
