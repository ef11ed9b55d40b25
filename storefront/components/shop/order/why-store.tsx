"use client";

import { useState } from "react";
import useSWR from "swr";
import { api, call } from "@/lib/api/client";
import type { Order } from "@/lib/api/types";
import type { Key } from "@/lib/i18n/dictionaries";
import { useLocale, useT } from "@/lib/i18n/client";
import { useSentence } from "@/lib/problems/use-problem";
import { distance } from "@/lib/time";

const REASONS = new Set(["closed", "paused", "very_busy", "not_everything", "too_far", "too_slow", "could_not", "slower", "farther"]);

/** Which store, and why not a nearer one. */
export function WhyStore({ order }: { order: Order }) {
  const t = useT();
  const locale = useLocale();
  const [open, setOpen] = useState(false);
  const { data, error } = useSWR(open ? `order:${order.id}:why:${order.store.id}` : null, () => call(api.GET("/api/v1/orders/{order_id}/routing", { params: { path: { order_id: order.id } } })), { revalidateOnFocus: false });
  const refusal = useSentence(error);
  return (
    <details onToggle={(event) => setOpen(event.currentTarget.open)} className="text-sm">
      <summary className="flex min-h-11 items-center font-medium text-muted underline decoration-dotted underline-offset-4">{t("order.whyStore")}</summary>
      <div className="min-h-6 pb-2">
        {refusal}
        {data && (
          <>
            <p>{t(data.reason === "nearest" ? "order.why.nearest" : data.reason === "promised" ? "order.why.promised" : "order.why.next", { store: data.store.name })}</p>
            <ul className="list-disc pl-5">
              {data.passed_over.map((one) => (
                <li key={one.name}>{one.name}, {distance(one.distance_m, locale)}: {REASONS.has(one.reason) ? t(`order.why.${one.reason}` as Key) : one.sentence}</li>
              ))}
            </ul>
          </>
        )}
      </div>
    </details>
  );
}
