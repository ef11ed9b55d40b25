import type { ReactNode } from "react";
import { StoreFrame } from "@/components/store/store-frame";

/** One frame for all pages of the console: what it hears and shows goes on while one moves between them. */
export default function ConsoleLayout({ children }: { children: ReactNode }) {
  return <StoreFrame>{children}</StoreFrame>;
}
