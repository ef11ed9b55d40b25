import { expect, test } from "vitest";
import { ApiProblem, problemOf } from "@/lib/api/problem";

const document = { type: "/problems/busy", title: "Conflict", status: 409, detail: "Try again.", instance: "/api/v1/cart", code: "busy" };
const answer = (headers: Record<string, string> = {}) => new Response(null, { status: 409, statusText: "Conflict", headers });

test("a problem document becomes a problem with its code, status and members", () => {
  const problem = ApiProblem.of({ ...document, sku: "MILK" }, answer());

  expect(problem).toMatchObject({ code: "busy", status: 409, message: "Try again.", retryAfter: null });
  expect(problem.problem.sku).toBe("MILK");
});

test.each([[{ "retry-after": "12" }, 12], [{ "retry-after": "0" }, null], [{ "retry-after": "Wed, 21 Oct 2026 07:28:00 GMT" }, null], [{}, null]])(
  "%j asks to wait %s s",
  (headers, seconds) => {
    expect(ApiProblem.of(document, answer(headers as Record<string, string>)).retryAfter).toBe(seconds);
  },
);

test.each([null, undefined, "text", [], {}])("a refusal without a document (%j) is still one", (body) => {
  expect(ApiProblem.of(body, answer())).toMatchObject({ code: "http_error", status: 409 });
});

test("a page of HTML in the way is a problem too", async () => {
  const page = new Response("<h1>Bad gateway</h1>", { status: 502 });

  expect(await problemOf(page)).toMatchObject({ code: "http_error", status: 502 });
});
