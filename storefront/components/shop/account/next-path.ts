/** `?next=` as a path of this site; null for anything that leads elsewhere, however it is spelt. */
export function nextPath(given: string | string[] | null | undefined): string | null {
  if (typeof given !== "string" || !given.startsWith("/")) return null;
  const here = "http://here.invalid";
  try {
    const { origin, pathname, search, hash } = new URL(given, here);
    // A path of two slashes would be read as another host by whoever reads it next.
    return origin === here && !pathname.startsWith("//") && !pathname.startsWith("/sign-") ? pathname + search + hash : null;
  } catch {
    return null;
  }
}

export function signInPath(from: string): string {
  return `/sign-in?next=${encodeURIComponent(from)}`;
}
