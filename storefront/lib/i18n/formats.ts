// Number and date formats, kept: to make one takes a phone's browser longer than to write a hundred numbers with it.
const kept = new Map<string, unknown>();

function once<Format>(kind: string, tag: string, options: object | undefined, make: () => Format): Format {
  const key = `${kind} ${tag} ${options ? JSON.stringify(options) : ""}`;
  const found = (kept.get(key) as Format | undefined) ?? make();
  kept.set(key, found);
  return found;
}

export function numbers(tag: string, options?: Intl.NumberFormatOptions): Intl.NumberFormat {
  return once("number", tag, options, () => new Intl.NumberFormat(tag, options));
}

export function dates(tag: string, options?: Intl.DateTimeFormatOptions): Intl.DateTimeFormat {
  return once("date", tag, options, () => new Intl.DateTimeFormat(tag, options));
}

export function plurals(tag: string): Intl.PluralRules {
  return once("plural", tag, undefined, () => new Intl.PluralRules(tag));
}
