"use client";

import Form from "next/form";
import { useSearchParams } from "next/navigation";
import { useEffect, useRef, type ReactNode } from "react";

/** A GET form that sends itself when something in it changes; without script its button does. */
export function AutoForm({ id, action, children }: { id: string; action: string; children: ReactNode }) {
  const form = useRef<HTMLFormElement>(null);
  const search = useSearchParams();
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
  // Fields that only name the form (`form="…"`) change outside of its markup, so each is listened to.
  useEffect(() => {
    const send = (event: Event) => {
      const field = event.target;
      if ((field instanceof HTMLInputElement || field instanceof HTMLSelectElement) && field.form === form.current) form.current?.requestSubmit();
    };
    document.addEventListener("change", send);
    return () => document.removeEventListener("change", send);
  }, []);
  return <Form ref={form} id={id} action={action} scroll={false}>{children}</Form>;
}
