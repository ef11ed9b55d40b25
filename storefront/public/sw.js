// Keeps the rider app readable without a connection: the page as it was last, and the files it is made of.
const KEPT = "shopsmart-ride-1";

self.addEventListener("install", (event) => {
  event.waitUntil(caches.open(KEPT).then((cache) => cache.add("/ride")).then(() => self.skipWaiting()));
});

self.addEventListener("activate", (event) => {
  event.waitUntil(
    caches.keys()
      .then((names) => Promise.all(names.filter((name) => name !== KEPT).map((name) => caches.delete(name))))
      .then(() => self.clients.claim()),
  );
});

async function newestPage(request) {
  const cache = await caches.open(KEPT);
  try {
    const answer = await fetch(request);
    if (answer.ok && !answer.redirected) await cache.put("/ride", answer.clone());
    return answer;
  } catch (fault) {
    const kept = await cache.match("/ride");
    if (kept) return kept;
    throw fault;
  }
}

// Built files have their content in their name: what is kept is right for ever.
async function keptFile(request) {
  const cache = await caches.open(KEPT);
  const kept = await cache.match(request);
  if (kept) return kept;
  const answer = await fetch(request);
  if (answer.ok) await cache.put(request, answer.clone());
  return answer;
}

self.addEventListener("fetch", (event) => {
  const { request } = event;
  const { origin, pathname } = new URL(request.url);
  if (request.method !== "GET" || origin !== location.origin) return;
  if (request.mode === "navigate" && pathname === "/ride") event.respondWith(newestPage(request));
  else if (pathname.startsWith("/_next/static/") || pathname.startsWith("/icons/")) event.respondWith(keptFile(request));
});
