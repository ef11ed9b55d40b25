import { cx } from "@/components/ui/cx";

export type Diet = "veg" | "non_veg" | "egg";

/** Which of the marks of India's food labels belongs to the product; null for what is not food. */
export function dietOf(dietary: readonly string[]): Diet | null {
  if (dietary.includes("non_veg")) return "non_veg";
  if (dietary.includes("egg")) return "egg";
  return dietary.includes("veg") || dietary.includes("vegan") ? "veg" : null;
}

/** The mark of FSSAI's labelling rules: a green dot for vegetarian, a brown triangle for what is not. */
export function DietMark({ diet, label, className }: { diet: Diet; label: string; className?: string }) {
  const colour = diet === "veg" ? "text-[#0a7f32]" : "text-[#8a3b12]";
  return (
    <svg viewBox="0 0 16 16" role="img" aria-label={label} className={cx("size-4 shrink-0 rounded-xs bg-white", colour, className)}>
      <rect x="1" y="1" width="14" height="14" rx="1.5" fill="none" stroke="currentColor" strokeWidth="1.6" />
      {diet === "veg" ? <circle cx="8" cy="8" r="3.6" fill="currentColor" /> : <path d="M8 4l4.2 7.4H3.8z" fill="currentColor" />}
    </svg>
  );
}
