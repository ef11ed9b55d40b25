"use client";

import { LogOut } from "lucide-react";
import { Link } from "@/components/ui/link";
import { usePathname, useRouter } from "next/navigation";
import type { ReactNode } from "react";
import { mutate } from "swr";
import { Failed } from "@/components/staff/failed";
import { useMe } from "@/components/staff/use-me";
import { IconButton } from "@/components/ui/button";
import { Skeleton } from "@/components/ui/states";
import { cx } from "@/components/ui/cx";
import { api, call } from "@/lib/api/client";
import { useAction } from "@/lib/problems/use-problem";

export type Tab = { href: string; name: string };

/** The bar above every page for staff: whose part this is, the ways around, who is signed in. */
export function StaffShell({ title, home, tabs, extra, tall, children }: { title: string; home: string; tabs: Tab[]; extra?: ReactNode; /** For fingers in gloves. */ tall?: boolean; children: ReactNode }) {
  const path = usePathname();
  const router = useRouter();
  const { me, fault, again } = useMe(`${home}/sign-in`);
  const { run } = useAction();
  const signOut = () => run(async () => {
    await call(api.POST("/api/v1/auth/logout"));
    await mutate(() => true, undefined, { revalidate: false });
    router.replace(`${home}/sign-in`);
  });
  return (
    <>
      <a href="#content" className="sr-only rounded-lg bg-brand px-4 py-2 text-on-brand focus:not-sr-only focus:absolute focus:top-2 focus:left-2 focus:z-50">Skip to content</a>
      <header className="sticky top-0 z-30 border-b border-line bg-surface">
        <div className="flex items-center gap-4 px-4">
          <Link href={home} className="tap flex shrink-0 items-center gap-2 text-lg font-extrabold text-brand-deep">
            <img src="/icons/icon.svg" alt="" width={28} height={28} />
            <span className="hidden sm:inline">{title}</span>
            <span className="sr-only sm:hidden">{title}</span>
          </Link>
          <nav aria-label={title} className="min-w-0 flex-1 overflow-x-auto">
            <ul className={cx("flex gap-1", tall ? "py-1" : "py-2")}>
              {tabs.map(({ href, name }) => {
                const here = href === home ? path === home : path.startsWith(href);
                return (
                  <li key={href}>
                    <Link href={href} aria-current={here ? "page" : undefined} className={cx("inline-flex items-center rounded-xl px-3 font-semibold whitespace-nowrap", tall ? "min-h-14 text-lg" : "min-h-11", here ? "bg-brand-soft text-brand-deep" : "hover:bg-sunken")}>{name}</Link>
                  </li>
                );
              })}
            </ul>
          </nav>
          {extra}
          <span className="hidden text-right text-sm text-muted lg:block">{me?.name ?? " "}</span>
          <IconButton label="Sign out" onClick={signOut} className={tall ? "size-14" : undefined}><LogOut aria-hidden="true" className="size-5" /></IconButton>
        </div>
      </header>
      <main id="content" className="p-4">
        {me ? children : fault ? <Failed what="It could not be found out who you are." fault={fault} onAgain={again} /> : <div role="status" className="grid gap-4"><span className="sr-only">Loading</span><Skeleton className="h-10 w-48" /><Skeleton className="h-72" /></div>}
      </main>
    </>
  );
}
