"use client";

import { Clock, LayoutGrid, Package, Search, Tag } from "lucide-react";
import Form from "next/form";
import { usePathname, useRouter, useSearchParams } from "next/navigation";
import { useState } from "react";
import useSWR from "swr";
import { Combobox } from "@/components/shop/combobox";
import { recentSearches, rememberSearch } from "@/components/shop/search/recent";
import { useDebounced } from "@/components/shop/use-debounced";
import { api, call } from "@/lib/api/client";
import type { Suggestion } from "@/lib/api/types";
import { useT } from "@/lib/i18n/client";
import type { Where } from "@/lib/shelf";

const SIGNS = { recent: Clock, product: Package, category: LayoutGrid, brand: Tag };

/** Search with completions while typing; a plain form without scripts. */
export function SearchBox({ where }: { where: Where | null }) {
  const t = useT();
  const router = useRouter();
  const onSearchPage = usePathname() === "/search";
  const asked = useSearchParams().get("q") ?? "";
  const searched = onSearchPage ? asked : "";
  const [text, setText] = useState(searched);
  const [last, setLast] = useState(searched);
  const [recent, setRecent] = useState<string[]>([]);
  // The field follows the page: another search shows its words, leaving the search empties it.
  if (last !== searched) {
    setLast(searched);
    setText(searched);
  }
  const words = useDebounced(text.trim());
  const { data } = useSWR(
    words.length > 0 && where ? (["suggest", words, where] as const) : null,
    ([, q, at]) => call(api.GET("/api/v1/search/suggest", { params: { query: { q, ...at } } })),
    { keepPreviousData: true, revalidateOnFocus: false, shouldRetryOnError: false },
  );
  const typed = text.trim() !== "";
  const before: Suggestion[] = recent.map((q) => ({ kind: "recent", text: q, sku: null, category: null, brand: null }));
  const items = typed ? (data?.items ?? []) : before;

  function pick(item: Suggestion): void {
    rememberSearch(item.kind === "product" ? text : item.text);
    router.push(addressFor(item));
  }

  return (
    <Form
      action="/search"
      role="search"
      onFocus={() => setRecent(recentSearches())}
      onSubmit={(event) => {
        if (!typed) event.preventDefault();
        else rememberSearch(text);
        if (document.activeElement instanceof HTMLElement) document.activeElement.blur();
      }}
    >
      <Combobox
        name="q"
        label={t("search.label")}
        placeholder={t("search.placeholder")}
        clearLabel={t("search.clear")}
        value={text}
        onChange={setText}
        items={items}
        keyOf={(item) => `${item.kind} ${item.sku ?? item.category ?? item.brand ?? item.text}`}
        heading={typed ? undefined : t("search.recent")}
        row={(item) => <SuggestionRow item={item} kind={t(`search.kind.${item.kind}`)} />}
        onPick={pick}
        maxLength={100}
      />
      <button type="submit" className="sr-only">{t("search.submit")}</button>
    </Form>
  );
}

function SuggestionRow({ item, kind }: { item: Suggestion; kind: string }) {
  const Sign = SIGNS[item.kind] ?? Search;
  return (
    <>
      <Sign aria-hidden="true" className="size-4 shrink-0 text-muted" />
      <span className="min-w-0 flex-1 break-words">{item.text}</span>
      {item.kind !== "product" && item.kind !== "recent" && <span className="text-sm text-muted">{kind}</span>}
    </>
  );
}

function addressFor(item: Suggestion): string {
  if (item.kind === "product" && item.sku) return `/product/${encodeURIComponent(item.sku)}`;
  if (item.kind === "category" && item.category) return `/category/${encodeURIComponent(item.category)}`;
  if (item.kind === "brand" && item.brand) return `/search?brand=${encodeURIComponent(item.brand)}`;
  return `/search?q=${encodeURIComponent(item.text)}`;
}
