"use client";

import useSWRInfinite from "swr/infinite";

type Page<Item> = { items: Item[]; next: string | null };

/** A list of the API page by page: what is there, whether there is more, and `more` to fetch it. `key` null: none yet. */
export function usePages<Item>(key: readonly unknown[] | null, ask: (cursor: { cursor?: string }) => Promise<Page<Item>>, options: { refreshInterval?: number } = {}) {
  const { data, error, size, setSize, mutate, isValidating } = useSWRInfinite(
    (index, before: Page<Item> | null) => (key === null || (index > 0 && !before?.next) ? null : [...key, "page", before?.next ?? ""]),
    (parts: unknown[]) => {
      const cursor = parts.at(-1) as string;
      return ask(cursor ? { cursor } : {});
    },
    { revalidateFirstPage: false, revalidateOnFocus: false, keepPreviousData: true, ...options },
  );
  return {
    items: data?.flatMap(({ items }) => items) ?? [],
    loaded: data !== undefined,
    error: error as unknown,
    hasMore: Boolean(data?.at(-1)?.next),
    busy: isValidating,
    more: () => void setSize(size + 1),
    refresh: () => void mutate(),
  };
}
