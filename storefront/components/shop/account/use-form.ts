"use client";

import { useCallback, useState } from "react";
import { ApiProblem } from "@/lib/api/problem";
import { useLocale } from "@/lib/i18n/client";
import { explain } from "@/lib/problems/explain";

// Which field a refusal is about, where the code alone says so.
const FIELDS: Record<string, string> = {
  email_taken: "email", invalid_email: "email", password_length: "password", password_too_common: "password",
  proof_wrong: "proof", invalid_phone: "phone", wrong_code: "code", code_locked: "code", code_expired: "code",
};

export type Form = {
  busy: boolean;
  /** The sentence beside a field. */
  errorOf: (field: string) => string | null;
  /** The sentence about the whole form. */
  error: string | null;
  /** Runs what the form does; true when it was done. `onProblem` true: it was answered elsewhere. */
  submit: (action: () => Promise<void>, onProblem?: (problem: ApiProblem) => boolean) => Promise<boolean>;
};

/** A form whose refusals stand beside what they are about. */
export function useForm(): Form {
  const locale = useLocale();
  const [busy, setBusy] = useState(false);
  const [errors, setErrors] = useState<Record<string, string>>({});

  const submit = useCallback<Form["submit"]>(async (action, onProblem) => {
    setBusy(true);
    setErrors({});
    try {
      await action();
      return true;
    } catch (fault) {
      if (fault instanceof ApiProblem && onProblem?.(fault)) return false;
      setErrors(await sentences(fault, locale));
      return false;
    } finally {
      setBusy(false);
    }
  }, [locale]);

  const errorOf = useCallback((field: string) => errors[field] ?? null, [errors]);
  return { busy, errorOf, error: errors[""] ?? null, submit };
}

async function sentences(fault: unknown, locale: ReturnType<typeof useLocale>): Promise<Record<string, string>> {
  const sentence = await explain(fault, locale);
  if (!(fault instanceof ApiProblem)) return { "": sentence };
  const field = FIELDS[fault.code];
  if (field) return { [field]: sentence };
  const byField = Object.entries(fault.problem.errors ?? {}).map(([name, texts]) => [name, texts.join(" ")]);
  return { "": sentence, ...Object.fromEntries(byField) };
}
