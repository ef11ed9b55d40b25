"use client";

import { cx } from "@/components/ui/cx";
import { useT } from "@/lib/i18n/client";

type Diet = "veg" | "non_veg" | "egg";

function dietOf(dietary: readonly string[]): Diet | null {
  if (dietary.includes("non_veg")) return "non_veg";
  if (dietary.includes("egg")) return "egg";
  return dietary.includes("veg") || dietary.includes("vegan") ? "veg" : null;
}

/** India's mark on food packs (FSSAI): a green circle for vegetarian, a brown triangle otherwise, in a square frame. */
export function DietMark({ dietary, className }: { dietary: readonly string[]; className?: string }) {
  const t = useT();
  const diet = dietOf(dietary);
  if (!diet) return null;
  const veg = diet === "veg";
  return (
    <svg viewBox="0 0 16 16" role="img" aria-label={t(`diet.${diet}`)} className={cx("size-4 shrink-0", className)}>
      <rect x="1" y="1" width="14" height="14" rx="2" fill="#fff" stroke={veg ? "#0a7d32" : "#8b3a00"} strokeWidth="1.5" />
      {veg ? <circle cx="8" cy="8" r="3.5" fill="#0a7d32" /> : <path d="M8 4l4 7.5H4z" fill="#8b3a00" />}
    </svg>
  );
}
