"use client";

import type { ReactNode } from "react";
import { StaffShell } from "@/components/staff/staff-shell";
import { useMe } from "@/components/staff/use-me";

const TABS = [
  { href: "/admin", name: "Dashboard" },
  { href: "/admin/map", name: "Map" },
  { href: "/admin/orders", name: "Orders" },
  { href: "/admin/stores", name: "Stores" },
  { href: "/admin/stock", name: "Stock" },
  { href: "/admin/catalogue", name: "Catalogue" },
  { href: "/admin/riders", name: "Riders" },
  { href: "/admin/users", name: "Users" },
  { href: "/admin/routing", name: "Routing" },
  { href: "/admin/jobs", name: "Jobs" },
  { href: "/admin/audit", name: "Audit" },
];

/** The administration's frame and the ways around in it. */
export function AdminFrame({ children }: { children: ReactNode }) {
  return <StaffShell title="Administration" home="/admin" tabs={TABS}>{children}</StaffShell>;
}

/** Whether the reader may do what only a super-admin may: rights and policies. */
export function useSuperAdmin(): boolean {
  return useMe("/admin/sign-in").me?.roles.includes("super_admin") ?? false;
}
