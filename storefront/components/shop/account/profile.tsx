"use client";

import { useState } from "react";
import { ME } from "@/components/shop/account/signing";
import { useForm } from "@/components/shop/account/use-form";
import { Button } from "@/components/ui/button";
import { TextField } from "@/components/ui/field";
import { Banner } from "@/components/ui/states";
import { toast } from "@/components/ui/toast";
import { api, call } from "@/lib/api/client";
import type { User } from "@/lib/api/types";
import { useT } from "@/lib/i18n/client";
import { mutate } from "swr";

export function Profile({ me }: { me: User }) {
  const t = useT();
  const form = useForm();
  const [name, setName] = useState(me.name);
  const [phone, setPhone] = useState(me.phone ?? "");
  const changed = name.trim() !== me.name || phone.trim() !== (me.phone ?? "");
  const save = () => form.submit(async () => {
    const user = await call(api.PATCH("/api/v1/me", { body: { name: name.trim(), phone: phone.trim() || null } }));
    await mutate(ME, user, { revalidate: false });
    setPhone(user.phone ?? "");
    toast(t("account.saved"));
  });
  return (
    <form className="grid gap-4" onSubmit={(event) => { event.preventDefault(); void save(); }}>
      {form.error && <Banner tone="bad">{form.error}</Banner>}
      <TextField label={t("sign.name")} name="name" autoComplete="name" required maxLength={100} value={name} error={form.errorOf("name")} onChange={(event) => setName(event.target.value)} />
      <TextField label={t("sign.phone")} name="phone" type="tel" autoComplete="tel" value={phone} hint={t("sign.phoneWhy")} error={form.errorOf("phone")} onChange={(event) => setPhone(event.target.value)} />
      {me.email && <p className="text-sm break-all text-muted">{t("sign.email")}: {me.email}</p>}
      <Button type="submit" className="justify-self-start" busy={form.busy} disabled={!changed}>{t("account.save")}</Button>
    </form>
  );
}
