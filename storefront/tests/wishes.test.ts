import { describe, expect, test } from "vitest";
import { addressOf, filterCount, priceOf, readWishes, usualSort } from "@/lib/wishes";

describe("a shelf's address", () => {
  test("says the wishes again that were read from it", () => {
    const address = "/search?q=milk&brand=Nua+Gaon&brand=Surabhi&dietary=veg&dietary=jain&price=2500-4999&discount=10&in_stock=true&sort=price_asc";
    const search = new URLSearchParams(address.split("?")[1]);
    const given = Object.fromEntries([...new Set(search.keys())].map((name) => [name, search.getAll(name)]));

    expect(addressOf("/search", readWishes(given))).toBe(address);
  });

  test("leaves out what makes no sense", () => {
    const wishes = readWishes({ price: "cheap", discount: "-3", dietary: ["Veg!", "jain"], sort: "random", cursor: "<script>", in_stock: "maybe" });

    expect(wishes).toEqual({ dietary: "jain" });
  });

  test("goes on from a cursor", () => {
    expect(addressOf("/category/milk", {}, "c-1_A")).toBe("/category/milk?cursor=c-1_A");
    expect(readWishes({ cursor: "c-1_A" }).cursor).toBe("c-1_A");
  });

  test("knows an open end of prices", () => {
    expect(priceOf(readWishes({ price: "100000-" }))).toBe("100000-");
    expect(priceOf({})).toBe("");
  });
});

test("sort and words are no filters", () => {
  expect(filterCount(readWishes({ q: "milk", sort: "name" }))).toBe(0);
  expect(filterCount(readWishes({ brand: ["A", "B"], dietary: "veg", price: "0-99", in_stock: "true", discount: "5" }))).toBe(6);
});

test("a search is ordered by how well it fits, a shelf by what people like", () => {
  expect(usualSort({ q: "milk" })).toBe("relevance");
  expect(usualSort({})).toBe("popularity");
});
