// Words and their uses belong together: no key nobody says, none that is missing where it is said.
import { expect, test } from "vitest";
import { browse } from "@/lib/i18n/en/browse";
import { buy } from "@/lib/i18n/en/buy";
import { common } from "@/lib/i18n/en/common";
import { ride } from "@/lib/i18n/en/ride";
import { sources, type Source } from "@/tests/sources";

const FILES: Record<string, object> = { common, browse, buy, ride };
const SHOP = new Set(Object.keys({ ...common, ...browse, ...buy }));
const RIDER = new Set(Object.keys({ ...common, ...ride }));
const SHARED = new Set(Object.keys(common));

const used = sources("app", "components", "lib").filter(({ path }) => !/^lib\/(i18n|problems|api)\//.test(path));
const quoted = new Set(used.flatMap(({ text }) => [...text.matchAll(/["'`]([\w.-]+)["'`]/g)].map(([, key]) => key ?? "")));

// `status.${order.status}`: keys put together from a fixed part and a value.
type Family = { path: string; template: string; pattern: RegExp };
const families: Family[] = used.flatMap(({ path, text }) =>
  [...text.matchAll(/`((?:[\w.-]|\$\{[^{}`]*\})*)`/g)]
    .map(([, template]) => template ?? "")
    .filter((template) => /(^|\})\.?[a-z]\w+[.\w]*\./i.test(template) && template.includes("${"))
    .map((template) => ({ path, template, pattern: pattern(template) })),
);

function pattern(template: string): RegExp {
  const parts = template.split(/\$\{[^{}]*\}/).map((part) => part.replaceAll(".", "\\."));
  return new RegExp(`^${parts.join("\\w+")}$`);
}

test("each word is said somewhere", () => {
  const unused = Object.entries(FILES).flatMap(([file, words]) =>
    Object.keys(words).filter((key) => !quoted.has(key) && !families.some((family) => family.pattern.test(key))).map((key) => `lib/i18n/en/${file}.ts ${key}`),
  );

  expect(unused, "keys that no page says; take them out of all four languages").toEqual([]);
});

test("keys put together from parts exist", () => {
  const all = [...new Set([...SHOP, ...RIDER])];
  const calls = used.flatMap(({ path, text }) => [...text.matchAll(/\bt\(\s*`([^`]*\$\{[^`]*)`/g)].map(([, template]) => ({ path, template: template ?? "" })));

  const missing = calls.filter(({ template }) => !all.some((key) => pattern(template).test(key)));

  expect(missing.map(({ path, template }) => `${path}: ${template}`)).toEqual([]);
});

/** The words that a page's LanguageProvider hands to it. */
function wordsFor(path: string): Set<string> {
  if (/^(app|components)\/ride\//.test(path)) return RIDER;
  if (/^(app\/\(shop\)|components\/shop)\//.test(path)) return SHOP;
  return SHARED;
}

/** The keys written out in calls of `t`, both of `cond ? "a" : "b"`. */
function said({ text }: Source): string[] {
  return [...text.matchAll(/\bt\(/g)].flatMap((call) => {
    const argument = firstArgument(text.slice(call.index + 1)).replace(/[!=]==\s*"[^"]*"/g, "");
    return [...argument.matchAll(/"([^"]+)"/g)].map(([, key]) => key ?? "");
  });
}

function firstArgument(text: string): string {
  let depth = 0;
  for (const [index, letter] of text.split("").entries()) {
    if ("([{".includes(letter)) depth += 1;
    if ((letter === "," && depth === 1) || (")]}".includes(letter) && --depth === 0)) return text.slice(1, index);
  }
  return text;
}

test("each page says only words that travel with it", () => {
  const missing = used
    .filter(({ path, text }) => /^(app|components)\//.test(path) && /\b(useT|getT)\b/.test(text))
    .flatMap((source) => said(source).filter((key) => !wordsFor(source.path).has(key)).map((key) => `${source.path}: ${key}`));

  expect(missing, "words of the shop are not there for riders and the other way round; shared ones stand in common.ts").toEqual([]);
});
