"use client";

import { useEffect } from "react";

declare global {
  interface Window {
    /** Set by late-scripts.mjs: presses again what was pressed before React listened. */
    pageIsAwake?: () => void;
  }
}

/** Says that the page hears taps now, and tells it what was typed, or filled in by the browser, before. */
export function Awake() {
  useEffect(() => {
    hearWhatWasTyped();
    // A moment later, when the forms have taken it in.
    setTimeout(() => {
      window.pageIsAwake?.();
      delete window.pageIsAwake;
    });
  }, []);
  return null;
}

function hearWhatWasTyped(): void {
  const write = Object.getOwnPropertyDescriptor(HTMLInputElement.prototype, "value")?.set;
  for (const input of document.querySelectorAll<HTMLInputElement>("form input")) {
    const typed = input.value;
    if (typed === input.defaultValue || input.type === "checkbox" || input.type === "radio" || input.type === "file") continue;
    // React takes what it found in the field for known, and hears only of what differs from it.
    for (const value of ["", typed]) {
      write?.call(input, value);
      input.dispatchEvent(new Event("input", { bubbles: true }));
    }
  }
}
