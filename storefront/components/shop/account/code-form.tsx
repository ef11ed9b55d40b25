"use client";

import { useEffect, useState } from "react";
import { useForm } from "@/components/shop/account/use-form";
import { Button } from "@/components/ui/button";
import { TextField } from "@/components/ui/field";
import { Banner } from "@/components/ui/states";
import { api, call } from "@/lib/api/client";
import type { CodeSent, User } from "@/lib/api/types";
import { useT } from "@/lib/i18n/client";
import { clock } from "@/lib/time";

/** Sign in with a code sent to the phone. A new number is asked for a name and becomes an account. */
export function CodeForm({ onSignedIn }: { onSignedIn: (user: User) => Promise<void> }) {
  const t = useT();
  const form = useForm();
  const [phone, setPhone] = useState("");
  const [sent, setSent] = useState<(CodeSent & { at: number }) | null>(null);
  const [code, setCode] = useState("");
  const [name, setName] = useState("");
  const [isNew, setIsNew] = useState(false);

  const send = () => form.submit(async () => {
    const answer = await call(api.POST("/api/v1/auth/otp", { body: { phone } }));
    setSent({ ...answer, at: Date.now() });
    setCode("");
  });
  const verify = () => form.submit(
    async () => {
      const { user } = await call(api.POST("/api/v1/auth/otp/verify", { body: { phone, code, name: isNew ? name : undefined } }));
      await onSignedIn(user);
    },
    (problem) => {
      if (problem.code === "name_required") setIsNew(true);
      return problem.code === "name_required";
    },
  );

  if (!sent) {
    return (
      <form className="grid gap-4" onSubmit={(event) => { event.preventDefault(); void send(); }}>
        {form.error && <Banner tone="bad">{form.error}</Banner>}
        <TextField label={t("sign.phone")} type="tel" name="phone" autoComplete="tel" inputMode="tel" required value={phone} hint={t("sign.phoneHint")} error={form.errorOf("phone")} onChange={(event) => setPhone(event.target.value)} />
        <Button type="submit" wide size="large" busy={form.busy}>{t("sign.sendCode")}</Button>
      </form>
    );
  }
  return (
    <form className="grid gap-4" onSubmit={(event) => { event.preventDefault(); void verify(); }}>
      {form.error && <Banner tone="bad">{form.error}</Banner>}
      <p role="status" className="text-muted">{t("sign.codeSent", { phone })}</p>
      <TextField
        label={t("sign.code")} name="code" autoComplete="one-time-code" inputMode="numeric" pattern="[0-9]{6}" maxLength={6} required autoFocus
        value={code} error={form.errorOf("code")} onChange={(event) => setCode(event.target.value.replace(/\D/g, ""))}
        className="text-center font-mono text-2xl tracking-[0.4em]"
      />
      {isNew && <TextField label={t("sign.name")} name="name" autoComplete="name" required autoFocus maxLength={100} hint={t("sign.nameWhy")} value={name} error={form.errorOf("name")} onChange={(event) => setName(event.target.value)} />}
      <Button type="submit" wide size="large" busy={form.busy}>{t(isNew ? "sign.up" : "sign.in")}</Button>
      <div className="flex flex-wrap justify-between gap-2">
        <Button look="quiet" onClick={() => { setSent(null); setIsNew(false); }}>{t("sign.otherPhone")}</Button>
        <Resend key={sent.at} at={sent.at} wait={sent.resend_in} onSend={() => void send()} />
      </div>
    </form>
  );
}

function Resend({ at, wait, onSend }: { at: number; wait: number; onSend: () => void }) {
  const t = useT();
  const [left, setLeft] = useState(wait);
  useEffect(() => {
    const timer = setInterval(() => setLeft(Math.ceil(wait - (Date.now() - at) / 1_000)), 500);
    return () => clearInterval(timer);
  }, [at, wait]);
  return <Button look="quiet" disabled={left > 0} onClick={onSend}>{left > 0 ? t("sign.resendIn", { time: clock(left) }) : t("sign.resend")}</Button>;
}
