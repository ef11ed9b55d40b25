"use client";

import { useState } from "react";
import { useForm } from "@/components/shop/account/use-form";
import { Button } from "@/components/ui/button";
import { TextField } from "@/components/ui/field";
import { Banner } from "@/components/ui/states";
import { api, call } from "@/lib/api/client";
import type { User } from "@/lib/api/types";
import { useLocale, useT } from "@/lib/i18n/client";

type Props = { onSignedIn: (user: User) => Promise<void> };

export function PasswordForm({ onSignedIn }: Props) {
  const t = useT();
  const form = useForm();
  const [email, setEmail] = useState("");
  const [password, setPassword] = useState("");
  const signIn = () => form.submit(async () => {
    const { user } = await call(api.POST("/api/v1/auth/login", { body: { email, password } }));
    await onSignedIn(user);
  });
  return (
    <form className="grid gap-4" onSubmit={(event) => { event.preventDefault(); void signIn(); }}>
      {form.error && <Banner tone="bad">{form.error}</Banner>}
      <TextField label={t("sign.email")} type="email" name="email" autoComplete="username" required value={email} error={form.errorOf("email")} onChange={(event) => setEmail(event.target.value)} />
      <TextField label={t("sign.password")} type="password" name="password" autoComplete="current-password" required value={password} error={form.errorOf("password")} onChange={(event) => setPassword(event.target.value)} />
      <Button type="submit" wide size="large" busy={form.busy}>{t("sign.in")}</Button>
    </form>
  );
}

const SHORTEST_PASSWORD = 8;

export function RegisterForm({ onSignedIn }: Props) {
  const t = useT();
  const locale = useLocale();
  const form = useForm();
  const [given, setGiven] = useState({ name: "", email: "", phone: "", password: "" });
  const bind = (field: keyof typeof given) => ({
    name: field,
    value: given[field],
    error: form.errorOf(field),
    onChange: (event: { target: { value: string } }) => setGiven((before) => ({ ...before, [field]: event.target.value })),
  });
  const register = () => form.submit(async () => {
    const body = { ...given, phone: given.phone.trim() || undefined, locale };
    const { user } = await call(api.POST("/api/v1/auth/register", { body }));
    await onSignedIn(user);
  });
  return (
    <form className="grid gap-4" onSubmit={(event) => { event.preventDefault(); void register(); }}>
      {form.error && <Banner tone="bad">{form.error}</Banner>}
      <TextField label={t("sign.name")} autoComplete="name" required maxLength={100} {...bind("name")} />
      <TextField label={t("sign.email")} type="email" autoComplete="email" required {...bind("email")} />
      <TextField label={t("sign.phoneOptional")} type="tel" autoComplete="tel" hint={t("sign.phoneWhy")} {...bind("phone")} />
      <TextField label={t("sign.password")} type="password" autoComplete="new-password" required minLength={SHORTEST_PASSWORD} maxLength={128} hint={t("sign.passwordHint", { count: SHORTEST_PASSWORD })} {...bind("password")} />
      <Button type="submit" wide size="large" busy={form.busy}>{t("sign.up")}</Button>
    </form>
  );
}
