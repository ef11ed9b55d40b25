import type { ReactNode } from "react";
import { cx } from "@/components/ui/cx";

const WIDTHS = { narrow: "max-w-md", normal: "max-w-3xl", wide: "max-w-6xl" };

/** A page of one's own things: its heading and what stands under it. */
export function Frame({ title, lead, width = "normal", hideTitle, children }: { title: string; lead?: string; width?: keyof typeof WIDTHS; hideTitle?: boolean; children: ReactNode }) {
  return (
    <div className={cx("mx-auto w-full pb-16", WIDTHS[width])}>
      <h1 className={cx("mb-5 text-2xl font-extrabold", hideTitle && "sr-only")}>{title}</h1>
      {lead && <p className="-mt-3 mb-5 max-w-prose">{lead}</p>}
      {children}
    </div>
  );
}
