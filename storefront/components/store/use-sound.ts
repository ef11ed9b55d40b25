"use client";

import { useSyncExternalStore } from "react";

const KEY = "store-sound";
const watchers = new Set<() => void>();

function watch(tell: () => void): () => void {
  watchers.add(tell);
  return () => watchers.delete(tell);
}

function isOn(): boolean {
  return sessionStorage.getItem(KEY) === "on";
}

function set(on: boolean): void {
  sessionStorage.setItem(KEY, on ? "on" : "off");
  watchers.forEach((tell) => tell());
}

/** Whether new orders ring in this tab; remembered for as long as the tab is open. */
export function useSound(): [boolean, (on: boolean) => void] {
  return [useSyncExternalStore(watch, isOn, () => false), set];
}
