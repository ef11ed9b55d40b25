"use client";

import { Download } from "lucide-react";
import { useRouter } from "next/navigation";
import { useState } from "react";
import { saveFile } from "@/components/shop/account/save-file";
import { useMe } from "@/components/shop/account/session";
import { nowSignedIn } from "@/components/shop/account/signing";
import { useForm } from "@/components/shop/account/use-form";
import { Button } from "@/components/ui/button";
import { Dialog } from "@/components/ui/dialog";
import { TextField } from "@/components/ui/field";
import { Banner, Card } from "@/components/ui/states";
import { toast } from "@/components/ui/toast";
import { api, call } from "@/lib/api/client";
import { useT } from "@/lib/i18n/client";
import { useAction } from "@/lib/problems/use-problem";

/** All that we know of somebody, to take along; and the way to be forgotten. */
export function Privacy() {
  const t = useT();
  const { busy, run } = useAction();
  const [erasing, setErasing] = useState(false);
  const take = () => run(async () => {
    const all = await call(api.GET("/api/v1/me/export"));
    saveFile(new Blob([JSON.stringify(all, null, 2)], { type: "application/json" }), "shopsmart-my-data.json");
  });
  return (
    <div className="grid gap-5">
      <Card className="grid justify-items-start gap-3">
        <h2 className="text-lg font-bold">{t("privacy.export")}</h2>
        <p className="text-muted">{t("privacy.exportHint")}</p>
        <Button look="secondary" busy={busy} icon={<Download aria-hidden="true" className="size-4" />} onClick={() => void take()}>{t("privacy.download")}</Button>
      </Card>
      <Card className="grid justify-items-start gap-3">
        <h2 className="text-lg font-bold">{t("privacy.erase")}</h2>
        <p className="text-muted">{t("privacy.eraseHint")}</p>
        <Button look="danger" onClick={() => setErasing(true)}>{t("privacy.eraseStart")}</Button>
      </Card>
      <Dialog open={erasing} onClose={() => setErasing(false)} title={t("privacy.erase")} closeLabel={t("close")}>
        <Erase onKeep={() => setErasing(false)} />
      </Dialog>
    </div>
  );
}

/** Confirmed by the password; whoever has none confirms with a code sent to the phone. */
function Erase({ onKeep }: { onKeep: () => void }) {
  const t = useT();
  const router = useRouter();
  const { me } = useMe();
  const form = useForm();
  const [way, setWay] = useState<"password" | "code">(me?.email ? "password" : "code");
  const [secret, setSecret] = useState("");
  const [sent, setSent] = useState(false);
  const send = () => form.submit(async () => {
    await call(api.POST("/api/v1/auth/otp", { body: { phone: me?.phone ?? "" } }));
    setSent(true);
  });
  const erase = () => form.submit(async () => {
    await call(api.DELETE("/api/v1/me", { body: way === "password" ? { password: secret } : { code: secret } }));
    await nowSignedIn(null);
    toast(t("privacy.erased"));
    router.push("/");
    router.refresh();
  });
  return (
    <form className="grid gap-4" onSubmit={(event) => { event.preventDefault(); void erase(); }}>
      <Banner tone="warn">{t("privacy.eraseSure")}</Banner>
      {form.error && <Banner tone="bad">{form.error}</Banner>}
      {way === "password" && <TextField label={t("sign.password")} type="password" autoComplete="current-password" required value={secret} error={form.errorOf("proof")} onChange={(event) => setSecret(event.target.value)} />}
      {way === "code" && !sent && <Button look="secondary" busy={form.busy} onClick={() => void send()}>{t("sign.sendCode")}</Button>}
      {way === "code" && sent && <TextField label={t("sign.code")} inputMode="numeric" autoComplete="one-time-code" pattern="[0-9]{6}" maxLength={6} required value={secret} error={form.errorOf("proof") ?? form.errorOf("code")} onChange={(event) => setSecret(event.target.value)} />}
      {way === "password" && me?.phone && <Button look="quiet" className="justify-self-start" onClick={() => { setWay("code"); setSecret(""); }}>{t("sign.byCode")}</Button>}
      <div className="flex flex-wrap justify-end gap-2">
        <Button look="secondary" onClick={onKeep}>{t("privacy.keep")}</Button>
        <Button look="danger" type="submit" busy={form.busy} disabled={!secret}>{t("privacy.eraseYes")}</Button>
      </div>
    </form>
  );
}
