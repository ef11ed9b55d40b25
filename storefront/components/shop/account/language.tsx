"use client";

import { useRouter } from "next/navigation";
import { mutate } from "swr";
import { ME } from "@/components/shop/account/signing";
import { Select } from "@/components/ui/field";
import { api, call } from "@/lib/api/client";
import type { User } from "@/lib/api/types";
import { useLocale, useT } from "@/lib/i18n/client";
import { isLocale, LOCALE_COOKIE, LOCALES } from "@/lib/i18n/locales";
import { useAction } from "@/lib/problems/use-problem";

/** The language of these pages, and of the mails that an order sends. */
export function Language({ me }: { me: User }) {
  const t = useT();
  const locale = useLocale();
  const router = useRouter();
  const { busy, run } = useAction();
  const choose = (chosen: string) => run(async () => {
    if (!isLocale(chosen)) return;
    document.cookie = `${LOCALE_COOKIE}=${chosen}; path=/; max-age=31536000; samesite=lax`;
    if (me.locale !== chosen) await mutate(ME, await call(api.PATCH("/api/v1/me", { body: { locale: chosen } })), { revalidate: false });
    router.refresh();
  });
  return (
    <Select label={t("account.language")} hideLabel value={locale} disabled={busy} onChange={(event) => void choose(event.target.value)}>
      {Object.entries(LOCALES).map(([tag, name]) => <option key={tag} value={tag} lang={tag}>{name}</option>)}
    </Select>
  );
}
