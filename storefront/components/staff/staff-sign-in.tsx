"use client";

import { useRouter, useSearchParams } from "next/navigation";
import { Suspense, useState, type FormEvent } from "react";
import { mutate } from "swr";
import { Button } from "@/components/ui/button";
import { TextField } from "@/components/ui/field";
import { Banner, Card } from "@/components/ui/states";
import { api, call } from "@/lib/api/client";
import { ApiProblem } from "@/lib/api/problem";
import type { User } from "@/lib/api/types";
import { explain } from "@/lib/problems/explain";

export type StaffRole = "store_manager" | "rider" | "admin";

const FITS: Record<StaffRole, User["roles"]> = {
  store_manager: ["store_manager", "super_admin"],
  rider: ["rider"],
  admin: ["admin", "super_admin"],
};
const PEOPLE: Record<StaffRole, string> = { store_manager: "store managers", rider: "riders", admin: "administrators" };

/** What was read for whoever was here before must not be shown to who is here now. */
async function forgetEverything(user: User): Promise<void> {
  await mutate(() => true, undefined, { revalidate: false });
  await mutate("me", user, { revalidate: false });
}

/** A path of these pages, or `home`: an address from outside is never followed. */
function wayOn(next: string | null, home: string): string {
  return next?.startsWith(`${home}`) && !next.startsWith("//") ? next : home;
}

/** The door for people who work here. Says kindly when the account is not one for this part. */
export function StaffSignIn(props: { role: StaffRole; home: string; title: string }) {
  return <Suspense><SignInForm {...props} /></Suspense>;
}

function SignInForm({ role, home, title }: { role: StaffRole; home: string; title: string }) {
  const router = useRouter();
  const next = wayOn(useSearchParams().get("next"), home);
  const [busy, setBusy] = useState(false);
  const [problem, setProblem] = useState("");

  const submit = async (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    const fields = new FormData(event.currentTarget);
    setBusy(true);
    setProblem("");
    try {
      const body = { email: String(fields.get("email")), password: String(fields.get("password")) };
      const { user } = await call(api.POST("/api/v1/auth/login", { body }));
      if (user.roles.some((own) => FITS[role].includes(own))) {
        await forgetEverything(user);
        return router.replace(next);
      }
      await call(api.POST("/api/v1/auth/logout")).catch(() => undefined);
      setProblem(`This page is for ${PEOPLE[role]}. The account ${user.email} is not one of them; an administrator can change that.`);
    } catch (fault) {
      setProblem(await explain(fault instanceof ApiProblem ? fault : new Error(String(fault))));
    }
    setBusy(false);
  };

  return (
    <main className="grid min-h-dvh place-items-center p-4">
      <Card className="w-full max-w-sm">
        <form onSubmit={submit} className="grid gap-4">
          <div className="grid justify-items-center gap-2 text-center">
            <img src="/icons/icon.svg" alt="" width={56} height={56} />
            <h1 className="text-2xl font-extrabold">{title}</h1>
            <p className="text-muted">Sign in to begin work</p>
          </div>
          {problem && <Banner tone="bad">{problem}</Banner>}
          <TextField label="E-mail" name="email" type="email" autoComplete="username" required />
          <TextField label="Password" name="password" type="password" autoComplete="current-password" required />
          <Button type="submit" size="large" wide busy={busy}>Sign in</Button>
        </form>
      </Card>
    </main>
  );
}
