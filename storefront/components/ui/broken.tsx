"use client";

import { useRouter } from "next/navigation";
import { startTransition } from "react";
import { Button } from "@/components/ui/button";
import { Notice } from "@/components/ui/states";

/** What stands where a page could not be made: what is safe, and another try. */
export function Broken({ title, again, reset, children }: { title: string; again: string; reset: () => void; children: string }) {
  const router = useRouter();
  const retry = () => startTransition(() => { router.refresh(); reset(); });
  return <Notice heading="h1" title={title} action={<Button onClick={retry}>{again}</Button>}>{children}</Notice>;
}
