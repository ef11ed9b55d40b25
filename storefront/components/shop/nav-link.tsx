"use client";

import { Link } from "@/components/ui/link";
import { usePathname } from "next/navigation";
import type { ReactNode } from "react";
import { cx } from "@/components/ui/cx";

/** A way around that knows whether one is there. */
export function NavLink({ href, children }: { href: string; children: ReactNode }) {
  const path = usePathname();
  const here = href === "/" ? path === "/" : path.startsWith(href);
  return (
    <Link href={href} aria-current={here ? "page" : undefined} className={cx("grid h-full content-center justify-items-center gap-0.5 px-0.5 text-center text-xs leading-tight font-semibold", here ? "text-brand-deep" : "text-muted")}>
      {children}
    </Link>
  );
}
