"use client";

import useSWR from "swr";
import { coming, type NotificationWishes } from "@/components/shop/account/coming";
import { Switch } from "@/components/ui/field";
import { Skeleton } from "@/components/ui/states";
import { call } from "@/lib/api/client";
import type { Key } from "@/lib/i18n/dictionaries";
import { useT } from "@/lib/i18n/client";
import { useAction, useSentence } from "@/lib/problems/use-problem";

const CHANNELS: (keyof NotificationWishes)[] = ["email", "sms", "push"];

/** By which ways we may write. What an order needs is sent all the same. */
export function Notifications() {
  const t = useT();
  const { data, error, mutate } = useSWR("me:notifications", () => call(coming.GET("/api/v1/me/notifications")), { revalidateOnFocus: false });
  const sentence = useSentence(error);
  const { busy, run } = useAction();
  if (error) return <p className="text-sm text-muted">{sentence}</p>;
  if (!data) return <Skeleton className="h-28" />;
  const set = (channel: keyof NotificationWishes, on: boolean) => run(async () => {
    const wishes = { ...data, [channel]: on };
    await mutate(call(coming.PUT("/api/v1/me/notifications", { body: wishes })), { optimisticData: wishes, rollbackOnError: true, revalidate: false });
  });
  return (
    <div className="grid gap-2">
      {CHANNELS.filter((channel) => channel in data).map((channel) => (
        <Switch key={channel} label={t(`account.notify.${channel}` as Key)} checked={Boolean(data[channel])} disabled={busy} onChange={(on) => void set(channel, on)} />
      ))}
      <p className="text-sm text-muted">{t("account.notifyHint")}</p>
    </div>
  );
}
