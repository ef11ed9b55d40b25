"use client";

import { cx } from "@/components/ui/cx";
import { Icon } from "@/components/ui/icon";
import { useT } from "@/lib/i18n/client";

type Props = { name: string; quantity: number; most: number | null; onChange: (quantity: number) => void; look?: "filled" | "plain" };

const PART = "grid size-11 place-items-center rounded-xl disabled:cursor-not-allowed disabled:opacity-40";

/** − n +. At one, − takes the item out and shows so. */
export function Stepper({ name, quantity, most, onChange, look = "filled" }: Props) {
  const t = useT();
  const last = quantity <= 1;
  return (
    <div role="group" aria-label={name} className={cx("inline-flex items-center justify-between rounded-xl font-bold", look === "filled" ? "bg-brand text-on-brand" : "border border-edge bg-surface text-ink")}>
      <button type="button" className={PART} aria-label={t(last ? "cart.remove" : "cart.fewer", { name })} onClick={() => onChange(quantity - 1)}>
        {last ? <Icon name="bin" className="size-4" /> : <Icon name="minus" className="size-4" />}
      </button>
      <span aria-live="polite" className="min-w-6 text-center tabular-nums">
        <span aria-hidden="true">{quantity}</span>
        <span className="sr-only">{t("cart.quantity", { count: quantity })}</span>
      </span>
      <button type="button" className={PART} aria-label={t("cart.more", { name })} disabled={most !== null && quantity >= most} onClick={() => onChange(quantity + 1)}>
        <Icon name="plus" className="size-4" />
      </button>
    </div>
  );
}
