"use client";

import { ChevronRight, LogOut, MapPin, ReceiptText, ShieldCheck } from "lucide-react";
import { Link } from "@/components/ui/link";
import { useRouter } from "next/navigation";
import type { ReactNode } from "react";
import { Language } from "@/components/shop/account/language";
import { Notifications } from "@/components/shop/account/notifications";
import { Profile } from "@/components/shop/account/profile";
import { useMe } from "@/components/shop/account/session";
import { signOut } from "@/components/shop/account/signing";
import { Button } from "@/components/ui/button";
import { Card } from "@/components/ui/states";
import { useT } from "@/lib/i18n/client";
import { useAction } from "@/lib/problems/use-problem";

export function AccountHome() {
  const t = useT();
  const router = useRouter();
  const { me } = useMe();
  const { busy, run } = useAction();
  if (!me) return null;
  const leave = () => run(async () => { await signOut(); router.push("/"); router.refresh(); });
  return (
    <div className="grid gap-5">
      <nav aria-label={t("account.title")} className="grid gap-3 sm:grid-cols-3">
        <Way href="/orders" icon={<ReceiptText aria-hidden="true" className="size-5" />}>{t("orders.title")}</Way>
        <Way href="/account/addresses" icon={<MapPin aria-hidden="true" className="size-5" />}>{t("address.title")}</Way>
        <Way href="/account/privacy" icon={<ShieldCheck aria-hidden="true" className="size-5" />}>{t("privacy.title")}</Way>
      </nav>
      <Part title={t("account.profile")}><Profile key={me.id} me={me} /></Part>
      <Part title={t("account.language")}><Language me={me} /></Part>
      <Part title={t("account.notifications")}><Notifications /></Part>
      <Button look="secondary" busy={busy} className="justify-self-start" icon={<LogOut aria-hidden="true" className="size-4" />} onClick={() => void leave()}>{t("sign.out")}</Button>
    </div>
  );
}

function Way({ href, icon, children }: { href: string; icon: ReactNode; children: ReactNode }) {
  return (
    <Link href={href} className="flex min-h-14 items-center gap-3 rounded-2xl border border-line bg-surface px-4 font-semibold hover:bg-sunken">
      <span className="text-brand-deep">{icon}</span>
      <span className="flex-1">{children}</span>
      <ChevronRight aria-hidden="true" className="size-4 text-muted" />
    </Link>
  );
}

function Part({ title, children }: { title: string; children: ReactNode }) {
  return <Card><h2 className="mb-3 text-lg font-bold">{title}</h2>{children}</Card>;
}
