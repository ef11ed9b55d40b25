"use client";

import { useRouter } from "next/navigation";
import { useEffect, useRef } from "react";

/** Makes the form around it send itself at each change, without loading the page anew. */
export function SendOnChange() {
  const router = useRouter();
  const mark = useRef<HTMLSpanElement>(null);
  useEffect(() => {
    const form = mark.current?.closest("form");
    if (!form) return;
    const send = (event: Event) => {
      event.preventDefault();
      const fields = new URLSearchParams();
      for (const [name, value] of new FormData(form)) if (typeof value === "string" && value) fields.append(name, value);
      router.push(`${new URL(form.action).pathname}?${fields}`, { scroll: false });
    };
    form.addEventListener("change", send);
    form.addEventListener("submit", send);
    return () => {
      form.removeEventListener("change", send);
      form.removeEventListener("submit", send);
    };
  }, [router]);
  return <span ref={mark} hidden />;
}
