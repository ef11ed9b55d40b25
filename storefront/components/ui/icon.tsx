import { cx } from "@/components/ui/cx";

// Strokes on a field of 24. The few signs that the shop's pages load first; elsewhere lucide's are used.
const STROKES = {
  bag: "M5 8h14l-1 12H6zM9 8V6a3 3 0 0 1 6 0v2M9.5 13.5l2 2 3.5-3.5",
  bike: "M6 14a3 3 0 1 0 0 6 3 3 0 0 0 0-6zM18 14a3 3 0 1 0 0 6 3 3 0 0 0 0-6zM6 17l4-7h5l3 7M9 10H7M15 10l-1-4h-2",
  bin: "M4 7h16M9 7V4h6v3M6 7l1 13h10l1-13M10 11v6M14 11v6",
  card: "M3 6h18v12H3zM3 10h18M7 15h3",
  cart: "M2.5 4H5l2.6 11.5h10L20.5 7H6M9 20h.01M17 20h.01",
  cash: "M3 6h18v12H3zM12 9.5a2.5 2.5 0 1 0 0 5 2.5 2.5 0 0 0 0-5zM6.5 12h.01M17.5 12h.01",
  clock: "M12 3a9 9 0 1 0 0 18 9 9 0 0 0 0-18zM12 7v5l3 2",
  close: "M6 6l12 12M18 6L6 18",
  down: "M6 9l6 6 6-6",
  grid: "M4 4h7v7H4zM13 4h7v7h-7zM4 13h7v7H4zM13 13h7v7h-7z",
  house: "M3 11l9-8 9 8M5.5 9.5V20h13V9.5M10 20v-6h4v6",
  minus: "M5 12h14",
  pin: "M12 21c-4-4.5-7-7.6-7-11a7 7 0 0 1 14 0c0 3.4-3 6.5-7 11zM12 7.5a2.5 2.5 0 1 0 0 5 2.5 2.5 0 0 0 0-5z",
  plus: "M12 5v14M5 12h14",
  receipt: "M5 3v18l2.5-2 2.3 2 2.2-2 2.2 2 2.3-2 2.5 2V3zM9 8h6M9 12h6",
  search: "M16.5 16.5 21 21M11 4a7 7 0 1 0 0 14 7 7 0 0 0 0-14z",
  sliders: "M4 7h9M17 7h3M15 5v4M4 17h3M11 17h9M9 15v4",
  store: "M3 9l1.5-5h15L21 9M4.5 9v11h15V9M3 9h18M9.5 20v-6h5v6",
  tag: "M3 12V4h8l9 9-8 8zM7.5 8h.01",
  user: "M12 4a4 4 0 1 0 0 8 4 4 0 0 0 0-8zM4.5 21a7.5 7.5 0 0 1 15 0",
};

export type IconName = keyof typeof STROKES;

/** A sign beside words that say the same. */
export function Icon({ name, className }: { name: IconName; className?: string }) {
  return (
    <svg viewBox="0 0 24 24" fill="none" stroke="currentColor" strokeWidth="2" strokeLinecap="round" strokeLinejoin="round" aria-hidden="true" className={cx("shrink-0", className)}>
      <path d={STROKES[name]} />
    </svg>
  );
}
