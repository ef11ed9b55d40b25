"use client";

import { useRouter } from "next/navigation";
import type { ReactNode } from "react";
import { Button } from "@/components/ui/button";
import { rememberPlace, type Place } from "@/lib/place";

/** Goes shopping at another place with one press. */
export function ShopThere({ children, ...place }: Place & { children: ReactNode }) {
  const router = useRouter();
  const go = () => {
    rememberPlace(place);
    router.refresh();
  };
  return <Button onClick={go}>{children}</Button>;
}
