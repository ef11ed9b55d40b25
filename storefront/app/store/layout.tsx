import type { Metadata } from "next";
import type { ReactNode } from "react";

export const metadata: Metadata = { title: { absolute: "Store console" }, robots: { index: false }, manifest: "/store.webmanifest" };

export default function StoreLayout({ children }: { children: ReactNode }) {
  return children;
}
