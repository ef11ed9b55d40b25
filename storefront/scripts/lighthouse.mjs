// Lighthouse, mobile profile, on the pages customers meet first, against a running platform:
//   node scripts/lighthouse.mjs [http://localhost:3000]
// Prints a table; exit status 1 when a page misses its bounds. Needs Chromium (CHROME_PATH names another).
import { execFileSync } from "node:child_process";
import * as chromeLauncher from "chrome-launcher";
import lighthouse from "lighthouse";

const base = process.argv[2] ?? "http://localhost:3000";
const PLACE = "place=20.357200%7C85.821500%7CPatia"; // the demo door
const ITEM = "SS-SPCE-0050";
const PAGES = [
  { name: "home", path: "/", public: true },
  { name: "category", path: "/category/milk", public: true },
  { name: "product", path: `/product/${ITEM}`, public: true },
  { name: "checkout", path: "/checkout", public: false },
];
const BOUNDS = { performance: 95, accessibility: 100, "best-practices": 95, seo: 100 };
const LCP_MS = 1_500;

/** The cookies of a guest at the demo door who has something in the cart. */
async function guest() {
  const answer = await fetch(`${base}/api/v1/cart/items/${ITEM}`, { method: "PUT", headers: { "Content-Type": "application/json" }, body: '{"quantity": 1}' });
  if (!answer.ok) throw new Error(`${base} does not take anything into the cart: is the platform running?`);
  return [PLACE, ...answer.headers.getSetCookie().map((cookie) => cookie.split(";")[0])].join("; ");
}

function chromium() {
  if (process.env.CHROME_PATH) return process.env.CHROME_PATH;
  for (const name of ["chromium", "chromium-browser", "google-chrome"]) {
    try {
      return execFileSync("which", [name], { encoding: "utf8" }).trim();
    } catch {
      continue;
    }
  }
  throw new Error("Lighthouse needs Chromium: install it, or name it with CHROME_PATH.");
}

const cookies = await guest();
const chrome = await chromeLauncher.launch({ chromePath: chromium(), chromeFlags: ["--headless=new", "--no-sandbox", "--disable-gpu", "--disable-background-networking"] });
let missed = false;
console.log("| page | performance | accessibility | best practices | SEO | LCP | blocking | shift |\n|---|---|---|---|---|---|---|---|");
for (const page of PAGES) {
  const { lhr } = await lighthouse(base + page.path, {
    port: chrome.port,
    onlyCategories: Object.keys(BOUNDS),
    extraHeaders: { Cookie: cookies },
    output: "json",
    logLevel: "error",
  });
  const score = (name) => Math.round((lhr.categories[name]?.score ?? 0) * 100);
  const lcp = lhr.audits["largest-contentful-paint"].numericValue;
  // Pages that are nobody else's are kept out of search engines on purpose.
  const below = Object.entries(BOUNDS).filter(([name, bound]) => (page.public || name !== "seo") && score(name) < bound);
  missed ||= below.length > 0 || lcp > LCP_MS;
  console.log(`| ${page.name} | ${score("performance")} | ${score("accessibility")} | ${score("best-practices")} | ${page.public ? score("seo") : "private"} | ${(lcp / 1_000).toFixed(1)} s | ${Math.round(lhr.audits["total-blocking-time"].numericValue)} ms | ${lhr.audits["cumulative-layout-shift"].numericValue.toFixed(3)} |`);
  if (below.length > 0) console.log(`  ${page.name}: ${Object.values(lhr.audits).filter(({ score: one, scoreDisplayMode }) => scoreDisplayMode === "binary" && one === 0).map(({ id }) => id).join(", ")}`);
}
await chrome.kill();
process.exitCode = missed ? 1 : 0;
