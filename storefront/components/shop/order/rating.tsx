"use client";

import { Star } from "lucide-react";
import { useState } from "react";
import { Button } from "@/components/ui/button";
import { cx } from "@/components/ui/cx";
import { TextArea } from "@/components/ui/field";
import { Card } from "@/components/ui/states";
import { toast } from "@/components/ui/toast";
import { api, call } from "@/lib/api/client";
import type { Order } from "@/lib/api/types";
import { useT } from "@/lib/i18n/client";
import { useAction } from "@/lib/problems/use-problem";

export function Rate({ order, onOrder }: { order: Order; onOrder: (order: Order) => void }) {
  const t = useT();
  const { busy, run } = useAction();
  const [store, setStore] = useState(0);
  const [rider, setRider] = useState(0);
  const [comment, setComment] = useState("");
  if (order.status !== "delivered" && order.status !== "collected") return null;
  if (order.rating) return <Given order={order} />;
  const send = () => run(async () => {
    const body = { ...(store ? { store } : {}), ...(rider ? { rider } : {}), comment: comment.trim() };
    onOrder(await call(api.POST("/api/v1/orders/{order_id}/rating", { params: { path: { order_id: order.id } }, body })));
    toast(t("rate.thanks"));
  });
  return (
    <Card className="grid gap-4">
      <h2 className="text-lg font-bold">{t("rate.title")}</h2>
      <Stars name="store" label={t("rate.store", { store: order.store.name })} value={store} onChange={setStore} />
      {order.rider && <Stars name="rider" label={t("rate.rider", { name: order.rider.name })} value={rider} onChange={setRider} />}
      {(store > 0 || rider > 0) && (
        <>
          <TextArea label={t("rate.comment")} maxLength={1000} rows={2} value={comment} onChange={(event) => setComment(event.target.value)} />
          <Button busy={busy} onClick={() => void send()}>{t("rate.send")}</Button>
        </>
      )}
    </Card>
  );
}

const STARS = [1, 2, 3, 4, 5];

function Stars({ name, label, value, onChange }: { name: string; label: string; value: number; onChange: (stars: number) => void }) {
  const t = useT();
  return (
    <fieldset>
      <legend className="font-medium">{label}</legend>
      <div className="flex">
        {STARS.map((stars) => (
          <label key={stars} className="tap grid place-items-center rounded-lg has-focus-visible:outline-3 has-focus-visible:outline-info">
            <input type="radio" name={`rate-${name}`} value={stars} checked={value === stars} onChange={() => onChange(stars)} className="sr-only" aria-label={t("rate.stars", { count: stars })} />
            <Star aria-hidden="true" className={cx("size-8", stars <= value ? "fill-sun text-warn" : "text-edge")} />
          </label>
        ))}
      </div>
    </fieldset>
  );
}

function Given({ order }: { order: Order }) {
  const t = useT();
  const { store, rider, comment } = order.rating ?? {};
  return (
    <Card className="grid gap-1">
      <h2 className="text-lg font-bold">{t("rate.given")}</h2>
      {store && <p>{t("rate.store", { store: order.store.name })}: {t("rate.stars", { count: store })}</p>}
      {rider && order.rider && <p>{t("rate.rider", { name: order.rider.name })}: {t("rate.stars", { count: rider })}</p>}
      {comment && <p className="break-words text-muted">{comment}</p>}
    </Card>
  );
}
