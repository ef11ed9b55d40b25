import "server-only";
import { settings } from "@/lib/server/settings";

// Headers of one connection say nothing about the next one (RFC 9110 §7.6.1).
const OF_THE_CONNECTION = new Set([
  "connection", "keep-alive", "proxy-authenticate", "proxy-authorization", "te", "trailer", "transfer-encoding",
  "upgrade", "host", "content-length", "expect",
]);

/**
 * Passes a browser's request on to the API and streams the answer back, event streams included, so that the browser
 * sees one origin. Answers 502 as a problem document when the API cannot be reached.
 */
export async function forward(request: Request): Promise<Response> {
  const { pathname, search } = new URL(request.url);
  const headers = new Headers();
  request.headers.forEach((value, name) => {
    if (!OF_THE_CONNECTION.has(name) && name !== "accept-encoding") headers.append(name, value);
  });
  const hasBody = request.method !== "GET" && request.method !== "HEAD";
  try {
    const answer = await fetch(settings.apiUrl + pathname + search, {
      method: request.method,
      headers,
      body: hasBody ? await request.arrayBuffer() : undefined,
      redirect: "manual",
      cache: "no-store",
      signal: request.signal,
    });
    return new Response(answer.body, { status: answer.status, headers: passedBack(answer.headers) });
  } catch (fault) {
    if (request.signal.aborted) return new Response(null, { status: 499 });
    return away(pathname, fault);
  }
}

function passedBack(given: Headers): Headers {
  const headers = new Headers();
  given.forEach((value, name) => {
    if (!OF_THE_CONNECTION.has(name) && name !== "set-cookie" && name !== "content-encoding") headers.set(name, value);
  });
  for (const cookie of given.getSetCookie()) headers.append("set-cookie", cookie);
  return headers;
}

function away(pathname: string, fault: unknown): Response {
  console.error("The API cannot be reached:", fault);
  const problem = {
    type: "/problems/api_unreachable",
    title: "Bad Gateway",
    status: 502,
    detail: "The shop does not answer just now. Try again in a moment.",
    instance: pathname,
    code: "api_unreachable",
  };
  return Response.json(problem, {
    status: 502,
    headers: { "content-type": "application/problem+json", "retry-after": "3", "cache-control": "no-store" },
  });
}
