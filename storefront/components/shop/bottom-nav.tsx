"use client";

import { House, LayoutGrid, ReceiptText, Search, UserRound } from "lucide-react";
import Link from "next/link";
import { usePathname } from "next/navigation";
import { cx } from "@/components/ui/cx";
import { useT } from "@/lib/i18n/client";

const TABS = [
  { href: "/", word: "nav.home", Icon: House },
  { href: "/category", word: "nav.categories", Icon: LayoutGrid },
  { href: "/search", word: "nav.search", Icon: Search },
  { href: "/orders", word: "nav.orders", Icon: ReceiptText },
  { href: "/account", word: "nav.account", Icon: UserRound },
] as const;

/** The ways around on a phone, where a thumb reaches them: 4 rem high, and the safe area below. */
export function BottomNav() {
  const t = useT();
  const path = usePathname();
  return (
    <nav aria-label={t("nav.main")} className="fixed inset-x-0 bottom-0 z-30 border-t border-line bg-surface pb-[env(safe-area-inset-bottom)] md:hidden">
      <ul className="grid h-16 grid-cols-5">
        {TABS.map(({ href, word, Icon }) => {
          const here = href === "/" ? path === "/" : path.startsWith(href);
          return (
            <li key={href}>
              <Link href={href} prefetch={false} aria-current={here ? "page" : undefined} className={cx("grid h-full content-center justify-items-center gap-0.5 px-0.5 text-center text-xs leading-tight font-semibold", here ? "text-brand-deep" : "text-muted")}>
                <Icon aria-hidden="true" className="size-5.5" />
                {t(word)}
              </Link>
            </li>
          );
        })}
      </ul>
    </nav>
  );
}
