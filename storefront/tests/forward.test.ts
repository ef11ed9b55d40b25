// The pages pass calls on to the API: tried against a real server on this machine.
import { createServer, type IncomingMessage, type RequestListener, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { gzipSync } from "node:zlib";
import { afterEach, expect, test, vi } from "vitest";
import { forward } from "@/lib/server/forward";

let server: Server | undefined;

afterEach(async () => {
  vi.unstubAllEnvs();
  vi.restoreAllMocks();
  server?.closeAllConnections();
  await new Promise((closed) => (server ? server.close(closed) : closed(null)));
  server = undefined;
});

/** An API that answers as `listener` says. */
async function api(listener: RequestListener): Promise<void> {
  const started = createServer(listener);
  server = started;
  await new Promise<void>((listening) => started.listen(0, "127.0.0.1", listening));
  vi.stubEnv("SHOPSMART_API_URL", `http://127.0.0.1:${(started.address() as AddressInfo).port}/`);
}

function browser(path: string, init?: RequestInit): Request {
  return new Request(`http://shop.example${path}`, init);
}

async function bodyOf(request: IncomingMessage): Promise<string> {
  const parts: Buffer[] = [];
  for await (const part of request) parts.push(part as Buffer);
  return Buffer.concat(parts).toString();
}

test("the call arrives as it was made: method, path, query, body, cookies", async () => {
  let arrived: Record<string, unknown> = {};
  await api(async (request, response) => {
    arrived = { method: request.method, url: request.url, body: await bodyOf(request), headers: request.headers };
    response.writeHead(201, { "Content-Type": "application/json", ETag: '"7"' }).end('{"id":"o1"}');
  });

  const answer = await forward(browser("/api/v1/orders?lat=20.3&q=a%20b", {
    method: "POST", body: '{"tip":1000}', headers: { "Content-Type": "application/json", "Idempotency-Key": "k1", Cookie: "a=1; b=2" },
  }));

  expect(arrived).toMatchObject({
    method: "POST", url: "/api/v1/orders?lat=20.3&q=a%20b", body: '{"tip":1000}',
    headers: { "content-type": "application/json", "idempotency-key": "k1", cookie: "a=1; b=2" },
  });
  expect([answer.status, await answer.text(), answer.headers.get("etag")]).toEqual([201, '{"id":"o1"}', '"7"']);
});

test("headers of one connection are not told to the next", async () => {
  let arrived: IncomingMessage["headers"] = {};
  await api((request, response) => {
    arrived = request.headers;
    response.writeHead(200, { "Keep-Alive": "timeout=5", "Proxy-Authenticate": "Basic", Upgrade: "h2c", Trailer: "X-Sum" }).end("ok");
  });

  const answer = await forward(browser("/api/v1/cart", { headers: { "Proxy-Authorization": "Basic c2VjcmV0", TE: "trailers", Host: "shop.example" } }));

  expect(arrived).not.toHaveProperty("proxy-authorization");
  expect(arrived).not.toHaveProperty("te");
  expect(arrived.host).toMatch(/^127\.0\.0\.1:/);
  for (const name of ["connection", "keep-alive", "proxy-authenticate", "upgrade", "trailer", "transfer-encoding", "content-length"]) {
    expect(answer.headers.has(name), name).toBe(false);
  }
});

test("each cookie that is set stays a cookie of its own", async () => {
  const cookies = ["access=a; Path=/; HttpOnly", "refresh=b; Expires=Wed, 21 Oct 2026 07:28:00 GMT; HttpOnly"];
  await api((_, response) => response.writeHead(200, { "Set-Cookie": cookies }).end());

  const answer = await forward(browser("/api/v1/auth/login", { method: "POST" }));

  expect(answer.headers.getSetCookie()).toEqual(cookies);
});

test("a stream is passed on as it comes, and ended at the API when the browser leaves", async () => {
  let stream: ServerResponse | undefined;
  let left: () => void = () => {};
  const gone = new Promise<void>((resolve) => { left = resolve; });
  await api((_, response) => {
    stream = response;
    response.on("close", left);
    response.writeHead(200, { "Content-Type": "text/event-stream" }).write("id: 1\n\n");
  });
  const leaving = new AbortController();

  const answer = await forward(browser("/api/v1/store/events", { signal: leaving.signal }));
  const reader = answer.body!.pipeThrough(new TextDecoderStream()).getReader();
  const first = await reader.read();
  stream!.write("id: 2\n\n");
  const second = await reader.read();
  leaving.abort();
  await gone;

  expect([answer.headers.get("content-type"), first.value, second.value]).toEqual(["text/event-stream", "id: 1\n\n", "id: 2\n\n"]);
  await reader.cancel().catch(() => undefined);
});

test("redirects and empty answers go back to the browser as they are", async () => {
  await api((request, response) => {
    if (request.url === "/api/old") response.writeHead(308, { Location: "/api/new" }).end();
    else response.writeHead(304, { ETag: '"1"' }).end();
  });

  const moved = await forward(browser("/api/old"));
  const unchanged = await forward(browser("/api/v1/categories", { headers: { "If-None-Match": '"1"' } }));

  expect([moved.status, moved.headers.get("location")]).toEqual([308, "/api/new"]);
  expect([unchanged.status, await unchanged.text()]).toEqual([304, ""]);
});

test("packed answers arrive whole", async () => {
  await api((request, response) => {
    const packed = /gzip/.test(String(request.headers["accept-encoding"]));
    response.writeHead(200, packed ? { "Content-Encoding": "gzip" } : {}).end(packed ? gzipSync("milk") : "milk");
  });

  const answer = await forward(browser("/api/v1/openapi.json", { headers: { "Accept-Encoding": "gzip" } }));

  expect(await answer.text()).toBe("milk");
  expect(answer.headers.has("content-encoding")).toBe(false);
});

test("refusals of the API stay what they are", async () => {
  await api((_, response) => response.writeHead(429, { "Content-Type": "application/problem+json", "Retry-After": "7" }).end('{"code":"rate_limited"}'));

  const answer = await forward(browser("/api/v1/search/suggest?q=m"));

  expect([answer.status, answer.headers.get("retry-after"), await answer.json()]).toEqual([429, "7", { code: "rate_limited" }]);
});

test("when nobody listens the browser gets a problem it can read", async () => {
  await api((_, response) => response.end());
  await new Promise((closed) => server!.close(closed));
  const told = vi.spyOn(console, "error").mockImplementation(() => undefined);

  const answer = await forward(browser("/api/v1/cart"));

  expect(answer.status).toBe(502);
  expect(answer.headers.get("content-type")).toBe("application/problem+json");
  expect(answer.headers.get("retry-after")).toBe("3");
  expect(await answer.json()).toMatchObject({ code: "api_unreachable", status: 502, instance: "/api/v1/cart" });
  expect(told).toHaveBeenCalledOnce();
});

test("a browser that left is no outage", async () => {
  await api(() => undefined);
  const leaving = new AbortController();
  const told = vi.spyOn(console, "error");

  const answer = forward(browser("/api/v1/cart", { signal: leaving.signal }));
  leaving.abort();

  expect((await answer).status).toBe(499);
  expect(told).not.toHaveBeenCalled();
});
