// The last searches on this device. They stay here: nobody else gets them from us.
const KEY = "recent-searches";
const MOST = 6;

export function recentSearches(): string[] {
  try {
    const kept: unknown = JSON.parse(localStorage.getItem(KEY) ?? "[]");
    return Array.isArray(kept) ? kept.filter((text) => typeof text === "string").slice(0, MOST) : [];
  } catch {
    return []; // storage may be forbidden or hold something else
  }
}

export function rememberSearch(text: string): void {
  const words = text.trim();
  if (!words) return;
  try {
    const others = recentSearches().filter((other) => other.toLowerCase() !== words.toLowerCase());
    localStorage.setItem(KEY, JSON.stringify([words, ...others].slice(0, MOST)));
  } catch {
    // Without storage there are no recent searches.
  }
}
