"use client";

import { useRouter } from "next/navigation";
import { useState } from "react";
import { CodeForm } from "@/components/shop/account/code-form";
import { PasswordForm, RegisterForm } from "@/components/shop/account/password-form";
import { nowSignedIn, wayOn } from "@/components/shop/account/signing";
import { Button } from "@/components/ui/button";
import { cx } from "@/components/ui/cx";
import type { User } from "@/lib/api/types";
import { useT } from "@/lib/i18n/client";

export type Way = "password" | "code" | "register";

/** Sign in by password or one-time code, or sign up; in one place, so that it can stand inside the checkout too. */
export function Auth({ first = "password", onSignedIn }: { first?: Way; onSignedIn: (user: User) => void }) {
  const t = useT();
  const [way, setWay] = useState<Way>(first);
  async function done(user: User): Promise<void> {
    await nowSignedIn(user);
    onSignedIn(user);
  }
  const ways: [Way, string][] = [["password", t("sign.byPassword")], ["code", t("sign.byCode")]];
  return (
    <div className="grid gap-5">
      {way !== "register" && (
        <div role="group" aria-label={t("sign.how")} className="grid grid-cols-2 gap-1 rounded-xl bg-sunken p-1">
          {ways.map(([one, name]) => (
            <button key={one} type="button" aria-pressed={way === one} onClick={() => setWay(one)} className={cx("min-h-11 rounded-lg px-3 font-semibold", way === one ? "bg-raised shadow-sm" : "text-muted")}>{name}</button>
          ))}
        </div>
      )}
      {way === "password" && <PasswordForm onSignedIn={done} />}
      {way === "code" && <CodeForm onSignedIn={done} />}
      {way === "register" && <RegisterForm onSignedIn={done} />}
      <p className="flex flex-wrap items-center justify-center gap-x-1 text-muted">
        {t(way === "register" ? "sign.haveAccount" : "sign.newHere")}
        <Button look="quiet" onClick={() => setWay(way === "register" ? "password" : "register")}>{t(way === "register" ? "sign.in" : "sign.upInstead")}</Button>
      </p>
    </div>
  );
}

/** The same on a page of its own: goes on to where one came from. */
export function AuthPage({ first, next }: { first: Way; next: string | null }) {
  const router = useRouter();
  return <Auth first={first} onSignedIn={(user) => { router.replace(wayOn(user, next)); router.refresh(); }} />;
}
