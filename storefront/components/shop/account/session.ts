"use client";

import useSWR from "swr";
import { ME } from "@/components/shop/account/signing";
import { api, call, seemsSignedIn } from "@/lib/api/client";
import { ApiProblem } from "@/lib/api/problem";
import type { User } from "@/lib/api/types";

async function read(): Promise<User | null> {
  if (!seemsSignedIn()) return null;
  try {
    return await call(api.GET("/api/v1/me"));
  } catch (fault) {
    if (fault instanceof ApiProblem && fault.status === 401) return null;
    throw fault;
  }
}

/** Who is signed in; `me` null: nobody, undefined: not known yet. */
export function useMe(): { me: User | null | undefined; fault: unknown; again: () => void } {
  const { data, error, mutate: again } = useSWR<User | null>(ME, read, { revalidateOnFocus: false });
  return { me: data, fault: error, again: () => void again() };
}
