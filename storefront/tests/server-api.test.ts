import { afterEach, describe, expect, it, vi } from "vitest";
import { publicApi } from "@/lib/server/api";

vi.mock("next/headers", () => ({
  headers: async () => new Headers({ "x-forwarded-for": "203.0.113.7" }),
  cookies: async () => ({ get: () => undefined }),
}));

/** The headers with which the API is asked. */
async function asked(where?: object): Promise<Headers> {
  const calls: Headers[] = [];
  vi.stubGlobal("fetch", async (input: RequestInfo | URL, init?: RequestInit) => {
    calls.push(new Request(input, init).headers);
    return Response.json({ items: [], next: null });
  });
  const api = await publicApi(where);
  await api.GET("/api/v1/categories");
  return calls[0]!;
}

afterEach(() => vi.unstubAllGlobals());

describe("what the pages ask the API", () => {
  it("for a customer's place counts against the customer's address", async () => {
    expect((await asked({ lat: 20.3, lng: 85.8 })).get("x-forwarded-for")).toBe("203.0.113.7");
  });

  it("for a store is the same for all, so that one kept answer serves all", async () => {
    expect((await asked({ store_id: "bbsr-patia" })).get("x-forwarded-for")).toBeNull();
  });
});
