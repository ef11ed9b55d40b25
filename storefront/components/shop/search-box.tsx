"use client";

import { Clock3, LayoutGrid, Search, Tag } from "lucide-react";
import { useRouter, useSearchParams } from "next/navigation";
import { Suspense, useEffect, useId, useState, type KeyboardEvent } from "react";
import useSWR from "swr";
import { cx } from "@/components/ui/cx";
import { api, call, cookie } from "@/lib/api/client";
import type { Suggestion } from "@/lib/api/types";
import { useLocale, useT } from "@/lib/i18n/client";
import { PLACE_COOKIE, readPlace } from "@/lib/place";

function addressOf({ kind, text, sku, category, brand }: Suggestion): string {
  if (kind === "product" && sku) return `/product/${encodeURIComponent(sku)}`;
  if (kind === "category" && category) return `/category/${encodeURIComponent(category)}`;
  if (kind === "brand" && brand) return `/search?q=${encodeURIComponent(brand)}&brand=${encodeURIComponent(brand)}`;
  return `/search?q=${encodeURIComponent(text)}`;
}

const ICONS = { recent: Clock3, product: Search, category: LayoutGrid, brand: Tag };

/** Search with suggestions while one types: a combobox with a list (ARIA APG), a plain form without script. */
export function SearchBox() {
  return <Suspense fallback={<div className="h-11" />}><Box /></Suspense>;
}

function Box() {
  const t = useT();
  const locale = useLocale();
  const router = useRouter();
  const list = useId();
  const searched = useSearchParams().get("q") ?? "";
  const [words, setWords] = useState(searched);
  const [shownFor, setShownFor] = useState(searched);
  const [asked, setAsked] = useState("");
  const [open, setOpen] = useState(false);
  const [at, setAt] = useState(-1);
  if (shownFor !== searched) {
    setShownFor(searched);
    setWords(searched);
  }

  useEffect(() => {
    const timer = setTimeout(() => setAsked(words.trim()), 120);
    return () => clearTimeout(timer);
  }, [words]);
  const { data: items = [] } = useSWR(
    open ? ["suggest", asked, locale] : null,
    async () => {
      const place = readPlace(cookie(PLACE_COOKIE));
      if (!place) return [];
      const query = { q: asked, lat: place.lat, lng: place.lng };
      return (await call(api.GET("/api/v1/search/suggest", { params: { query } }))).items;
    },
    { keepPreviousData: true, revalidateOnFocus: false, dedupingInterval: 10_000 },
  );
  const shown = open ? items : [];

  const go = (address: string) => {
    setOpen(false);
    router.push(address);
  };
  const onKey = (event: KeyboardEvent<HTMLInputElement>) => {
    if (event.key === "ArrowDown" || event.key === "ArrowUp") {
      event.preventDefault();
      setOpen(true);
      const step = event.key === "ArrowDown" ? 1 : -1;
      setAt((now) => (shown.length ? (now + step + shown.length + (now < 0 && step < 0 ? 1 : 0)) % shown.length : -1));
    } else if (event.key === "Escape") {
      setOpen(false);
      setAt(-1);
    } else if (event.key === "Enter" && at >= 0 && shown[at]) {
      event.preventDefault();
      go(addressOf(shown[at]));
    }
  };
  const kindWord = { recent: t("search.recent"), product: "", category: t("search.inCategory"), brand: t("search.brandName") };

  return (
    <form role="search" action="/search" className="relative" onSubmit={(event) => { event.preventDefault(); if (words.trim()) go(`/search?q=${encodeURIComponent(words.trim())}`); }}>
      <label className="sr-only" htmlFor={`${list}-input`}>{t("search.label")}</label>
      <Search aria-hidden="true" className="pointer-events-none absolute top-3 left-3 size-5 text-muted" />
      <input
        id={`${list}-input`}
        name="q"
        type="search"
        role="combobox"
        aria-expanded={shown.length > 0}
        aria-controls={list}
        aria-autocomplete="list"
        aria-activedescendant={at >= 0 ? `${list}-${at}` : undefined}
        autoComplete="off"
        enterKeyHint="search"
        maxLength={100}
        placeholder={t("search.placeholder")}
        value={words}
        onChange={(event) => { setWords(event.target.value); setOpen(true); setAt(-1); }}
        onFocus={() => setOpen(true)}
        onBlur={() => setTimeout(() => setOpen(false), 150)}
        onKeyDown={onKey}
        className="h-11 w-full rounded-xl border border-edge bg-ground pr-3 pl-10 placeholder:text-muted"
      />
      <ul id={list} role="listbox" aria-label={t("search.suggestions")} hidden={shown.length === 0} className="absolute inset-x-0 top-12 z-40 max-h-[70dvh] overflow-y-auto rounded-xl border border-line bg-raised p-1 shadow-xl">
        {shown.map((item, index) => {
          const Icon = ICONS[item.kind];
          return (
            <li
              key={`${item.kind}-${item.sku ?? item.category ?? item.text}`}
              id={`${list}-${index}`}
              role="option"
              aria-selected={index === at}
              onMouseDown={(event) => event.preventDefault()}
              onClick={() => go(addressOf(item))}
              className={cx("flex min-h-11 cursor-pointer items-center gap-3 rounded-lg px-3", index === at ? "bg-brand-soft" : "hover:bg-sunken")}
            >
              <Icon aria-hidden="true" className="size-4 shrink-0 text-muted" />
              <span className="flex-1">{item.text}</span>
              {kindWord[item.kind] && <span className="text-sm text-muted">{kindWord[item.kind]}</span>}
            </li>
          );
        })}
      </ul>
    </form>
  );
}
