"use client";

import { Delete } from "lucide-react";
import { useState } from "react";
import { Button } from "@/components/ui/button";
import { useT } from "@/lib/i18n/client";

const LENGTH = 4;
const MOST = 8;
const KEYS = ["1", "2", "3", "4", "5", "6", "7", "8", "9"];

/** Big keys for the code that the customer shows; a keyboard works too. */
export function CodePad({ onCode }: { onCode: (code: string) => void }) {
  const t = useT();
  const [code, setCode] = useState("");
  const add = (digit: string) => setCode((now) => (now + digit).slice(0, MOST));
  const button = (digit: string) => <button key={digit} type="button" aria-label={t("ride.digit", { digit })} onClick={() => add(digit)} className={key}>{digit}</button>;
  const key = "min-h-16 rounded-2xl border border-edge bg-surface text-3xl font-bold active:bg-brand-soft";
  return (
      <form className="grid gap-4" onSubmit={(event) => { event.preventDefault(); if (code.length >= LENGTH) onCode(code); }}>
        <p className="text-muted">{t("ride.codeHint")}</p>
        <input
          autoFocus
          inputMode="none"
          autoComplete="off"
          aria-label={t("ride.codeTitle")}
          value={code}
          onChange={(event) => setCode(event.target.value.replace(/\D/g, "").slice(0, MOST))}
          className="min-h-20 w-full rounded-2xl border-2 border-edge bg-ground text-center text-5xl font-extrabold tracking-[0.3em]"
        />
        <div className="grid grid-cols-3 gap-2">
          {KEYS.map(button)}
          <span />
          {button("0")}
          <button type="button" aria-label={t("ride.erase")} onClick={() => setCode((now) => now.slice(0, -1))} className={`${key} grid place-items-center`}><Delete aria-hidden="true" className="size-8" /></button>
        </div>
        <Button type="submit" size="huge" wide disabled={code.length < LENGTH} className="min-h-20 text-2xl">{t("ride.delivered")}</Button>
      </form>
  );
}
