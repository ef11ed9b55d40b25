import { expect, test } from "vitest";
import { ApiProblem } from "@/lib/api/problem";
import { explain } from "@/lib/problems/explain";

function refusal(code: string, members: Record<string, unknown> = {}, retryAfter: number | null = null): ApiProblem {
  return new ApiProblem({ type: "", title: "", status: 409, detail: "", instance: "", code, ...members }, retryAfter);
}

test("a member of the problem stands in the sentence", async () => {
  expect(await explain(refusal("too_many_of_item", { most: 3 }))).toBe("At most 3 of this item per order. Choose fewer.");
});

test("a missing member leaves no hole", async () => {
  expect(await explain(refusal("too_many_of_item"))).toBe("This store gives fewer of this item per order. Choose fewer.");
  expect(await explain(refusal("wrong_code", { attempts_left: null }))).not.toMatch(/[{}]|null|undefined/);
});

test("the plural form follows the number", async () => {
  expect(await explain(refusal("wrong_code", { attempts_left: 1 }))).toContain("1 more try");
  expect(await explain(refusal("wrong_code", { attempts_left: 2 }))).toContain("2 more tries");
  expect(await explain(refusal("wrong_code", { attempts_left: 1 }), "hi")).toContain("1 कोशिश और बची है");
  expect(await explain(refusal("wrong_code", { attempts_left: 2 }), "hi")).toContain("2 कोशिशें");
});

test.each([
  ["en", 1, "1 second."], ["en", 90, "90 seconds."], ["en", 91, "2 minutes."], ["en", 900, "15 minutes."],
  ["hi", 20, "20 सेकंड "], ["or", 300, "5 ମିନିଟ୍ "], ["vi", 0.2, "1 giây."],
] as const)("the time to wait is told in words: %s, %d s", async (locale, seconds, words) => {
  expect(await explain(refusal("rate_limited", {}, seconds), locale)).toContain(words);
});

test("a member that is called like the header does not stand for it", async () => {
  expect(await explain(refusal("rate_limited", { retry_after: 7 }))).toBe("That was a little fast for us. Try again in a moment.");
});

test("what is short is named, the first few of it", async () => {
  const short = (...names: string[]) => refusal("out_of_stock", { shortages: names.map((name) => ({ sku: "x", name, requested: 2, available: 1 })) });

  expect(await explain(short("Amul Milk"))).toContain("not enough left of Amul Milk.");
  expect(await explain(short("A", "B", "C", "D"))).toContain("A, B, C, ….");
  expect(await explain(short())).toContain("has just sold out");
});

test("people's text is never read as a place to fill", async () => {
  expect(await explain(refusal("out_of_stock", { shortages: [{ name: "{most} $& Milk" }], most: 9 }))).toContain("{most} $& Milk");
});

test("amounts are money", async () => {
  expect(await explain(refusal("refund_too_large", { refundable: 12_950 }))).toContain("At most ₹129.50");
});

test("what only staff can meet is said in English everywhere", async () => {
  const said = "There is a product with this SKU already. Open that one, or choose another SKU.";

  expect(await explain(refusal("sku_taken"), "en")).toBe(said);
  expect(await explain(refusal("sku_taken"), "or")).toBe(said);
});

test("an unknown code says what the API said, or something general", async () => {
  expect(await explain(refusal("brand_new", { detail: "The moon is full." }))).toBe("The moon is full.");
  expect(await explain(refusal("brand_new"), "vi")).toBe("Chưa thực hiện được. Hãy thử lại sau giây lát.");
  expect(await explain(refusal("toString"))).toBe("That did not work. Try again in a moment.");
});

test("a fault of the page itself is told without its inner words", async () => {
  expect(await explain(new TypeError("x is not a function"), "hi")).toBe("यह नहीं हो पाया। थोड़ी देर में फिर कोशिश करें।");
});
