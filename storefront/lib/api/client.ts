// The API as the browser calls it: typed by the service's own OpenAPI document, signed in by cookies no script reads.
import { createApi } from "@/lib/api/create";
import { ApiProblem, problemOf } from "@/lib/api/problem";

const CSRF_ACCESS = "csrf_access_token";
const CSRF_REFRESH = "csrf_refresh_token";
const REFRESH = "/api/v1/auth/refresh";
const RENEWABLE = new Set(["token_expired", "unauthenticated", "csrf_failed"]);

export function cookie(name: string): string | null {
  const found = document.cookie.split("; ").find((pair) => pair.startsWith(`${name}=`));
  return found ? decodeURIComponent(found.slice(name.length + 1)) : null;
}

/** Whether this browser holds a session that can be renewed; a hint for what to draw, never a right. */
export function seemsSignedIn(): boolean {
  return cookie(CSRF_REFRESH) !== null;
}

function signed(headers: Headers, name: string): void {
  const value = cookie(name);
  if (value) headers.set("X-CSRF-TOKEN", value);
}

/** One renewal at a time in all tabs: a refresh token works once. True when there is a live session afterwards. */
async function renew(before: string | null): Promise<boolean> {
  return navigator.locks.request("shopsmart-refresh", async () => {
    const now = cookie(CSRF_ACCESS);
    if (now !== null && now !== before) return true; // another tab was quicker
    const headers = new Headers();
    signed(headers, CSRF_REFRESH);
    const answer = await fetch(REFRESH, { method: "POST", headers });
    return answer.ok;
  });
}

/** Once more after a renewal, where the session was only out of date. */
async function send(request: Request): Promise<Response> {
  signed(request.headers, CSRF_ACCESS);
  const again = request.clone();
  const response = await fetch(request);
  if (response.status !== 401 || !seemsSignedIn() || request.url.includes("/auth/")) return response;
  const { code } = await problemOf(response.clone());
  if (!RENEWABLE.has(code) || !(await renew(request.headers.get("X-CSRF-TOKEN")))) return response;
  signed(again.headers, CSRF_ACCESS);
  return fetch(again);
}

export const api = createApi({ baseUrl: "", send });

type Answer<Data> = { data?: Data; error?: unknown; response: Response };

/**
 * The data of a call. Raises ApiProblem for each refusal, and for a connection that broke (code `offline`).
 * `await call(api.GET("/api/v1/cart"))`
 */
export async function call<Data>(asked: Promise<Answer<Data>>): Promise<NonNullable<Data>> {
  let answer: Answer<Data>;
  try {
    answer = await asked;
  } catch (fault) {
    throw new ApiProblem({ code: "offline", status: 0, title: "", detail: String(fault), type: "", instance: "" });
  }
  if (!answer.response.ok) throw ApiProblem.of(answer.error, answer.response);
  return answer.data as NonNullable<Data>;
}

/** A key for one intention: the same tap sent twice does one thing. */
export function idempotencyKey(): string {
  return crypto.randomUUID();
}
