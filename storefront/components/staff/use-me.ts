"use client";

import { usePathname, useRouter } from "next/navigation";
import { useEffect } from "react";
import useSWR from "swr";
import { api, call } from "@/lib/api/client";
import { ApiProblem } from "@/lib/api/problem";
import type { User } from "@/lib/api/types";

type Who = { me: User | undefined; /** Why it could not be found out. */ fault: unknown; again: () => void };

/** Who is signed in here; leads to `signIn` when nobody is. `me` is undefined while it is not known. */
export function useMe(signIn: string): Who {
  const router = useRouter();
  const path = usePathname();
  const { data, error, isValidating, mutate } = useSWR("me", () => call(api.GET("/api/v1/me")));
  // A refusal from before signing in is not the answer yet.
  const stranger = !isValidating && error instanceof ApiProblem && error.status === 401;
  useEffect(() => {
    if (stranger) router.replace(`${signIn}?next=${encodeURIComponent(path)}`);
  }, [stranger, router, signIn, path]);
  return { me: data, fault: stranger ? undefined : error, again: () => void mutate() };
}
