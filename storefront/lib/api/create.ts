import type { Client } from "openapi-fetch";
import type { paths } from "@/lib/api/schema";

type Options = {
  baseUrl: string;
  headers?: Record<string, string>;
  cache?: RequestCache;
  /** How a request goes out; `fetch` by default. */
  send?: (request: Request) => Promise<Response>;
};
type Init = RequestInit & {
  params?: { path?: Record<string, unknown>; query?: Record<string, unknown>; header?: Record<string, unknown> };
  body?: unknown;
  bodySerializer?: (body: unknown) => BodyInit;
  next?: unknown;
};

const METHODS = ["GET", "PUT", "POST", "DELETE", "PATCH"] as const;

/**
 * Calls of the API by method and path, `api.GET("/api/v1/cart")`, with the types of openapi-fetch. Its runtime does much
 * that this API never asks for and is a tenth of what a page of the shop may load, so these lines stand in for it.
 * Answers `{data, response}` for 2xx and `{error, response}` for the rest; raises what `fetch` raises.
 */
export function createApi({ baseUrl, headers: always, cache, send = fetch }: Options): Client<paths> {
  const call = (method: string) => async (path: string, init: Init = {}) => {
    const { params = {}, body, bodySerializer, headers: wanted, ...rest } = init;
    const headers = new Headers({ ...always, ...texts(params.header) });
    new Headers(wanted).forEach((value, name) => headers.set(name, value));
    const asJson = body !== undefined && !bodySerializer;
    if (asJson) headers.set("Content-Type", "application/json");
    const sent = body === undefined ? undefined : bodySerializer ? bodySerializer(body) : JSON.stringify(body);
    const address = baseUrl + filled(path, params.path) + asked(params.query);
    // Next keeps answers by what is given to fetch itself, so on the server the request is not built beforehand.
    const response = await (send === fetch ? fetch(address, { cache, ...rest, method, headers, body: sent }) : send(new Request(new URL(address, location.origin), { ...rest, method, headers, body: sent })));
    if (response.status === 204) return response.ok ? { data: undefined, response } : { error: undefined, response };
    const text = await response.text();
    let read: unknown = text;
    try {
      read = JSON.parse(text);
    } catch {
      // Not JSON: what it says as it is.
    }
    return response.ok ? { data: read, response } : { error: read, response };
  };
  return Object.fromEntries(METHODS.map((method) => [method, call(method)])) as unknown as Client<paths>;
}

function texts(values: Record<string, unknown> = {}): Record<string, string> {
  return Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined && value !== null).map(([name, value]) => [name, String(value)]));
}

function filled(path: string, values: Record<string, unknown> = {}): string {
  return path.replace(/\{(\w+)\}/g, (_, name: string) => encodeURIComponent(String(values[name])));
}

/** Lists as `name=one&name=two`; what is undefined or null is left out. */
function asked(values: Record<string, unknown> = {}): string {
  const query = new URLSearchParams();
  for (const [name, value] of Object.entries(values)) {
    for (const one of Array.isArray(value) ? (value as unknown[]) : [value]) if (one !== undefined && one !== null) query.append(name, String(one));
  }
  const text = query.toString();
  return text && `?${text}`;
}
