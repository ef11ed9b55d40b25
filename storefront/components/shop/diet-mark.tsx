"use client";

import { useT } from "@/lib/i18n/client";

/** India's mark on food packs: a green circle for vegetarian, a brown triangle otherwise, in a square frame. */
export function DietMark({ dietary }: { dietary: string[] }) {
  const t = useT();
  const veg = dietary.includes("veg");
  if (!veg && !dietary.includes("nonveg")) return null;
  return (
    <svg viewBox="0 0 16 16" role="img" aria-label={t(veg ? "diet.veg" : "diet.nonveg")} className="size-4 shrink-0">
      <rect x="1" y="1" width="14" height="14" rx="2" fill="#fff" stroke={veg ? "#0a7d32" : "#8b3a00"} strokeWidth="1.5" />
      {veg ? <circle cx="8" cy="8" r="3.5" fill="#0a7d32" /> : <path d="M8 4l4 7.5H4z" fill="#8b3a00" />}
    </svg>
  );
}
