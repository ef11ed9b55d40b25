"use client";

import { useRouter, useSearchParams } from "next/navigation";
import { useEffect, useRef, useTransition, type ReactNode } from "react";

/**
 * A GET form that sends itself when something in it changes, and stays where it is scrolled; without script its button
 * sends it. What says nothing (`data-usual`, an empty choice) is left out of the address.
 */
export function AutoForm({ id, action, children }: { id: string; action: string; children: ReactNode }) {
  const form = useRef<HTMLFormElement>(null);
  const router = useRouter();
  const search = useSearchParams();
  const [busy, startSending] = useTransition();

  // Boxes keep what was tapped; going back or clearing must show in them too.
  useEffect(() => {
    for (const field of form.current?.elements ?? []) {
      if (field instanceof HTMLInputElement && (field.type === "checkbox" || field.type === "radio")) {
        const wanted = search.getAll(field.name);
        field.checked = wanted.length > 0 ? wanted.includes(field.value) : field.type === "radio" && field.value === "";
      }
      if (field instanceof HTMLSelectElement) field.value = search.get(field.name) || field.dataset.usual || "";
    }
  }, [search]);

  // Fields that only name the form (`form="…"`) stand outside of its markup, so the document is listened to.
  useEffect(() => {
    const send = (event: Event) => {
      const field = event.target;
      const ours = (field instanceof HTMLInputElement || field instanceof HTMLSelectElement) && field.form === form.current;
      if (!ours || !form.current) return;
      const address = addressOf(form.current);
      startSending(() => router.push(address, { scroll: false }));
    };
    document.addEventListener("change", send);
    return () => document.removeEventListener("change", send);
  }, [router]);

  return <form ref={form} id={id} action={action} aria-busy={busy || undefined} className="aria-busy:opacity-70">{children}</form>;
}

function addressOf(form: HTMLFormElement): string {
  const usual = new Map([...form.elements].filter((field) => field instanceof HTMLSelectElement).map((field) => [field.name, field.dataset.usual]));
  const said = new URLSearchParams();
  for (const [name, value] of new FormData(form)) {
    if (typeof value === "string" && value !== "" && value !== usual.get(name)) said.append(name, value);
  }
  const path = new URL(form.action).pathname;
  return said.size > 0 ? `${path}?${said}` : path;
}
