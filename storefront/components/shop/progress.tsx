"use client";

import { usePathname, useSearchParams } from "next/navigation";
import { useEffect, useState } from "react";

/** A thin line on top while the next page is on its way: a slow connection must not look like a dead tap. */
export function Progress() {
  const here = `${usePathname()}?${useSearchParams()}`;
  const [leaving, setLeaving] = useState<string | null>(null);
  useEffect(() => {
    const begin = (event: MouseEvent) => { if (leads(event)) setLeaving(here); };
    document.addEventListener("click", begin);
    return () => document.removeEventListener("click", begin);
  }, [here]);
  return leaving === here ? <div aria-hidden="true" className="progress-line fixed inset-x-0 top-0 z-50 h-1 bg-brand" /> : null;
}

/** Whether a click goes to another page of ours in this tab. `data-stays` marks links that a script keeps here. */
function leads(event: MouseEvent): boolean {
  if (event.button !== 0 || event.metaKey || event.ctrlKey || event.shiftKey) return false;
  const link = event.target instanceof Element ? event.target.closest("a") : null;
  if (!link || link.target === "_blank" || link.hasAttribute("download") || "stays" in link.dataset) return false;
  const there = new URL(link.href, location.href);
  return there.origin === location.origin && there.pathname + there.search !== location.pathname + location.search;
}
