"use client";

import { FileText } from "lucide-react";
import { saveFile } from "@/components/shop/account/save-file";
import { Button } from "@/components/ui/button";
import { api, call } from "@/lib/api/client";
import type { Order } from "@/lib/api/types";
import { useT } from "@/lib/i18n/client";
import { useAction } from "@/lib/problems/use-problem";

export function Invoice({ order }: { order: Order }) {
  const t = useT();
  const { busy, run } = useAction();
  if (order.status !== "delivered" && order.status !== "collected") return null;
  const fetchIt = () => run(async () => {
    const pdf = await call(api.GET("/api/v1/orders/{order_id}/invoice", { params: { path: { order_id: order.id } }, parseAs: "blob" }));
    saveFile(pdf, `ShopSmart-${order.number}.pdf`);
  });
  return <Button look="secondary" busy={busy} icon={<FileText aria-hidden="true" className="size-4" />} onClick={() => void fetchIt()}>{t("order.invoice")}</Button>;
}
