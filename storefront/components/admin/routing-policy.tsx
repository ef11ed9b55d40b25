"use client";

import useSWR from "swr";
import { useSuperAdmin } from "@/components/admin/admin-frame";
import { PageHead } from "@/components/admin/page-head";
import { Button } from "@/components/ui/button";
import { TextField } from "@/components/ui/field";
import { Banner, Card, Skeleton } from "@/components/ui/states";
import { toast } from "@/components/ui/toast";
import { api, call } from "@/lib/api/client";
import { dateAndTime } from "@/lib/time";
import { useAction } from "@/lib/problems/use-problem";

/** How orders find their store: the weights and bounds of the routing policy, each with what it does. */
export function RoutingPolicy() {
  const mayChange = useSuperAdmin();
  const { busy, run } = useAction();
  const { data, mutate } = useSWR("admin/routing-policy", async () => {
    const { data: policy, response, error } = await api.GET("/api/v1/admin/policies/routing");
    if (!policy) throw error;
    return { policy, etag: response.headers.get("etag") };
  });
  if (!data) return <Skeleton className="h-96" />;
  const { policy, etag } = data;
  const save = (fields: FormData) => run(async () => {
    const values = Object.fromEntries(policy.tunables.map(({ name }) => [name, Number(fields.get(name))]));
    await call(api.PUT("/api/v1/admin/policies/routing", { body: { values, why: String(fields.get("why")) }, headers: etag ? { "If-Match": etag } : {} }));
    toast("The new policy serves from now on");
    await mutate();
  });
  return (
    <>
      <PageHead title="Routing policy" />
      <p className="mb-4 text-muted">Version {policy.version}{policy.at && `, since ${dateAndTime(policy.at)}`}{policy.why && `: ${policy.why}`}</p>
      {!mayChange && <div className="mb-4"><Banner tone="info">Only a super-admin changes the policy.</Banner></div>}
      <Card>
        <form key={policy.version} className="grid gap-4 md:grid-cols-2" onSubmit={(event) => { event.preventDefault(); void save(new FormData(event.currentTarget)); }}>
          {policy.tunables.map((tunable) => (
            <TextField
              key={tunable.name}
              name={tunable.name}
              type="number"
              step="any"
              min={tunable.least}
              max={tunable.most}
              required
              disabled={!mayChange}
              defaultValue={tunable.value}
              label={tunable.name.replaceAll("_", " ")}
              hint={`${tunable.what} From ${tunable.least} to ${tunable.most}, ${tunable.default} unless changed.`}
            />
          ))}
          {mayChange && (
            <div className="grid gap-4 md:col-span-2">
              <TextField label="Why" name="why" required maxLength={200} />
              <Button type="submit" size="large" busy={busy}>Let it serve</Button>
            </div>
          )}
        </form>
      </Card>
    </>
  );
}
