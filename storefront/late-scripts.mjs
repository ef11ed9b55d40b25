// Scripts wait for the first paint. Next marks its scripts `async`, so those already in the browser's cache run as
// soon as the head is parsed and hold up the first picture of a page that is complete without them. Here they become
// inert links in the page as it streams by, and one deferred script turns them back after the first frame. A button that
// is pressed before the page is awake is kept and pressed again then (components/ui/awake.tsx); a form that only works
// with script is not sent without it, which would write what was typed into the address.
const SCRIPT = /<script src="(\/_next\/static\/[^"]+)" async="" nonce="([^"]+)"><\/script>/g;
const TURN_BACK = `
const turn = () => {
  for (const link of document.querySelectorAll("link[rel=late-script]")) {
    const script = document.createElement("script");
    script.async = true;
    script.src = link.getAttribute("href");
    document.head.append(script);
    link.remove();
  }
};
if (document.hidden) turn();
else requestAnimationFrame(() => setTimeout(turn));
let tapped = null;
const keep = (event) => { tapped = event.target.closest("button"); };
const hold = (event) => { if (!event.target.hasAttribute("action")) event.preventDefault(); };
addEventListener("click", keep, true);
addEventListener("submit", hold, true);
window.pageIsAwake = () => {
  removeEventListener("click", keep, true);
  removeEventListener("submit", hold, true);
  if (tapped?.isConnected) tapped.click();
  tapped = null;
};`;

/**
 * `response` with the scripts of an HTML answer made late. A tag that two chunks share stays as it was, which is slower
 * and nothing worse.
 */
export function withLateScripts(response) {
  const { write, end } = response;
  let told = false;

  function late(chunk, encoding) {
    if (!chunk || typeof chunk === "function" || !String(response.getHeader("content-type")).startsWith("text/html")) return chunk;
    const text = Buffer.from(chunk, encoding).toString("latin1"); // byte for byte: a chunk may end inside a letter
    return Buffer.from(text.replace(SCRIPT, (_, src, nonce) => {
      const turnBack = told ? "" : `<script type="module" nonce="${nonce}">${TURN_BACK}</script>`;
      told = true;
      return `<link rel="late-script" href="${src}"/>${turnBack}`;
    }), "latin1");
  }

  response.write = (chunk, ...rest) => write.call(response, late(chunk, rest[0]), ...rest);
  response.end = (chunk, ...rest) => end.call(response, late(chunk, rest[0]), ...rest);
  return response;
}
