import type { Message } from "@/lib/i18n/translate";

/**
 * What people read for a problem code. `exact` has `{places}` for members of the problem document and for
 * `{retry_after}`; `plain` is said when one of them did not come. Plural forms follow the first place named.
 */
export type Sentence = string | { exact: Message; plain: string };
export type Sentences = Record<string, Sentence>;

/** The same codes in another language, and lengths of time as that language counts them. */
export type SameCodes<English> = { [Code in keyof English]: Sentence };
export type Spans = { seconds: Message; minutes: Message };
