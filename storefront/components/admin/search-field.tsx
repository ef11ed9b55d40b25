"use client";

import { useEffect, useState } from "react";
import { TextField } from "@/components/ui/field";

/** A search that asks once one stops typing. */
export function SearchField({ label, onSearch }: { label: string; onSearch: (words: string) => void }) {
  const [words, setWords] = useState("");
  useEffect(() => {
    const timer = setTimeout(() => onSearch(words.trim()), 300);
    return () => clearTimeout(timer);
  }, [words, onSearch]);
  return <div className="w-64"><TextField label={label} type="search" value={words} onChange={(event) => setWords(event.target.value)} /></div>;
}
