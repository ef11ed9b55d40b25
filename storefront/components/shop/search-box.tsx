"use client";

import { usePathname, useRouter, useSearchParams } from "next/navigation";
import { useEffect, useState } from "react";
import { Combobox } from "@/components/shop/combobox";
import { recentSearches, rememberSearch } from "@/components/shop/recent-searches";
import { Icon } from "@/components/ui/icon";
import { api, call } from "@/lib/api/client";
import type { Suggestion } from "@/lib/api/types";
import { useT } from "@/lib/i18n/client";
import type { Where } from "@/lib/wishes";

const ICONS = { recent: "clock", product: "search", category: "grid", brand: "tag" } as const;

const PAUSE_MS = 150;

/** Search with suggestions while one types; a plain form without script. */
export function SearchBox({ where }: { where: Where | null }) {
  const t = useT();
  const router = useRouter();
  const onSearchPage = usePathname() === "/search";
  const asked = useSearchParams().get("q") ?? "";
  const searched = onSearchPage ? asked : "";
  const [words, setWords] = useState(searched);
  const [shownFor, setShownFor] = useState(searched);
  const [recent, setRecent] = useState<string[]>([]);
  // The field follows the page: another search shows its words, leaving the search empties it.
  if (shownFor !== searched) {
    setShownFor(searched);
    setWords(searched);
  }
  const typed = words.trim();
  const found = useSuggestions(typed === searched ? "" : typed, where);
  const before: Suggestion[] = recent.map((text) => ({ kind: "recent", text, sku: null, category: null, brand: null }));
  const items = typed ? found : before;
  const kindWord = { recent: typed ? t("search.recent") : "", product: "", category: t("search.inCategory"), brand: t("search.brandName") };

  function pick(item: Suggestion): void {
    rememberSearch(item.kind === "product" && typed ? typed : item.text);
    router.push(addressOf(item));
  }

  return (
    <form
      action="/search"
      role="search"
      onFocus={() => setRecent(recentSearches())}
      onSubmit={(event) => {
        event.preventDefault();
        if (!typed) return;
        rememberSearch(typed);
        router.push(`/search?q=${encodeURIComponent(typed)}`);
        if (document.activeElement instanceof HTMLElement) document.activeElement.blur();
      }}
    >
      <Combobox
        name="q"
        label={t("search.label")}
        listLabel={t("search.suggestions")}
        placeholder={t("search.placeholder")}
        clearLabel={t("search.clear")}
        value={words}
        onChange={setWords}
        items={items}
        keyOf={({ kind, sku, category, brand, text }) => `${kind} ${sku ?? category ?? brand ?? text}`}
        heading={typed ? undefined : t("search.recents")}
        row={(item) => {
          return (
            <>
              <Icon name={ICONS[item.kind]} className="size-4 text-muted" />
              <span className="min-w-0 flex-1 break-words">{item.text}</span>
              {kindWord[item.kind] && <span className="text-sm text-muted">{kindWord[item.kind]}</span>}
            </>
          );
        }}
        onPick={pick}
        maxLength={100}
      />
      <button type="submit" className="sr-only">{t("search.submit")}</button>
    </form>
  );
}

/** What the words may become, a moment after the last letter; what was found before stays until then. */
function useSuggestions(words: string, where: Where | null): Suggestion[] {
  const [found, setFound] = useState<Suggestion[]>([]);
  useEffect(() => {
    if (!words || !where) return;
    let late = false;
    const timer = setTimeout(async () => {
      const answer = await call(api.GET("/api/v1/search/suggest", { params: { query: { q: words, ...where } } })).catch(() => null);
      if (answer && !late) setFound(answer.items);
    }, PAUSE_MS);
    return () => {
      late = true;
      clearTimeout(timer);
    };
  }, [words, where]);
  return words ? found : [];
}

function addressOf({ kind, text, sku, category, brand }: Suggestion): string {
  if (kind === "product" && sku) return `/product/${encodeURIComponent(sku)}`;
  if (kind === "category" && category) return `/category/${encodeURIComponent(category)}`;
  if (kind === "brand" && brand) return `/search?brand=${encodeURIComponent(brand)}`;
  return `/search?q=${encodeURIComponent(text)}`;
}
