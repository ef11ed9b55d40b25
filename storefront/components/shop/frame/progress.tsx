"use client";

import { usePathname, useSearchParams } from "next/navigation";
import { useEffect, useState } from "react";

/** A thin line on top while the next page is on its way, so that a slow connection does not look like a dead tap. */
export function Progress() {
  const here = `${usePathname()}?${useSearchParams()}`;
  const [leaving, setLeaving] = useState<string | null>(null);
  useEffect(() => {
    const begin = (event: Event) => {
      if (event.defaultPrevented && event.type === "submit" && !(event.target instanceof HTMLFormElement)) return;
      if (leads(event)) setLeaving(`${location.pathname}?${new URLSearchParams(location.search)}`);
    };
    document.addEventListener("click", begin);
    return () => document.removeEventListener("click", begin);
  }, []);
  if (leaving !== here) return null;
  return <div aria-hidden="true" className="progress-line fixed inset-x-0 top-0 z-50 h-1 bg-brand" />;
}

/** Whether a click goes to another page of ours in this tab. */
function leads(event: Event): boolean {
  if (!(event instanceof MouseEvent) || event.button !== 0 || event.metaKey || event.ctrlKey || event.shiftKey) return false;
  const link = event.target instanceof Element ? event.target.closest("a") : null;
  if (!link || link.target === "_blank" || link.hasAttribute("download") || link.ariaBusy) return false;
  const there = new URL(link.href, location.href);
  return there.origin === location.origin && there.pathname + there.search !== location.pathname + location.search;
}
