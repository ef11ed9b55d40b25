"use client";

import { House, LayoutGrid, Receipt, Search, User } from "lucide-react";
import Link from "next/link";
import { usePathname } from "next/navigation";
import { cx } from "@/components/ui/cx";
import { useT } from "@/lib/i18n/client";

const PARTS = [
  { href: "/", name: "nav.home", sign: House, on: /^\/$/ },
  { href: "/categories", name: "nav.categories", sign: LayoutGrid, on: /^\/categor/ },
  { href: "/search", name: "nav.search", sign: Search, on: /^\/search/ },
  { href: "/orders", name: "nav.orders", sign: Receipt, on: /^\/orders/ },
  { href: "/account", name: "nav.account", sign: User, on: /^\/(account|sign-)/ },
] as const;

/** The five parts of the shop at the thumb, on phones. It is 4 rem high and the safe area below it. */
export function BottomNav() {
  const t = useT();
  const path = usePathname();
  return (
    <nav aria-label={t("nav.main")} className="fixed inset-x-0 bottom-0 z-30 border-t border-line bg-surface pb-[env(safe-area-inset-bottom)] md:hidden">
      <ul className="grid h-16 grid-cols-5">
        {PARTS.map(({ href, name, sign: Sign, on }) => {
          const here = on.test(path);
          return (
            <li key={href}>
              <Link href={href} prefetch={false} aria-current={here ? "page" : undefined} className={cx("flex h-full flex-col items-center justify-center gap-0.5 text-xs font-semibold", here ? "text-brand-deep" : "text-muted")}>
                <Sign aria-hidden="true" className="size-5.5" strokeWidth={here ? 2.5 : 2} />
                <span className="max-w-full truncate px-0.5">{t(name)}</span>
              </Link>
            </li>
          );
        })}
      </ul>
    </nav>
  );
}
