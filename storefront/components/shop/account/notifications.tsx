"use client";

import useSWR from "swr";
import { Switch } from "@/components/ui/field";
import { Skeleton } from "@/components/ui/states";
import { api, call } from "@/lib/api/client";
import type { Wished } from "@/lib/api/types";
import type { Key } from "@/lib/i18n/dictionaries";
import { useT } from "@/lib/i18n/client";
import { useAction, useSentence } from "@/lib/problems/use-problem";

const CHANNELS: (keyof Wished)[] = ["email", "sms"];

/** By which ways we may write. What an order needs is sent all the same. */
export function Notifications() {
  const t = useT();
  const { data, error, mutate } = useSWR("me:notifications", () => call(api.GET("/api/v1/me/notifications")), { revalidateOnFocus: false });
  const sentence = useSentence(error);
  const { busy, run } = useAction();
  if (error) return <p className="text-sm text-muted">{sentence}</p>;
  if (!data) return <Skeleton className="h-28" />;
  const set = (channel: keyof Wished, on: boolean) => run(async () => {
    const wishes = { ...data, [channel]: on };
    await mutate(call(api.PUT("/api/v1/me/notifications", { body: wishes })), { optimisticData: wishes, rollbackOnError: true, revalidate: false });
  });
  return (
    <div className="grid gap-2">
      {CHANNELS.map((channel) => (
        <Switch key={channel} label={t(`account.notify.${channel}` as Key)} checked={data[channel]} disabled={busy} onChange={(on) => void set(channel, on)} />
      ))}
      <p className="text-sm text-muted">{t("account.notifyHint")}</p>
    </div>
  );
}
