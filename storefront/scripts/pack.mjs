// `next build` leaves static files, and what serve.mjs adds around the server, out of the standalone folder; this puts
// them there, so that the folder alone serves the pages: `node .next/standalone/serve.mjs`.
import { cpSync, readFileSync, writeFileSync } from "node:fs";

const server = ".next/standalone";
cpSync(".next/static", `${server}/.next/static`, { recursive: true });
for (const name of ["public", "serve.mjs", "late-scripts.mjs"]) cpSync(name, `${server}/${name}`, { recursive: true });

// What every page runs at once: Chrome compiles it while it arrives, away from the main thread, when told so
// (https://v8.dev/blog/explicit-compile-hints). It halves the longest task of a first visit.
const { rootMainFiles } = JSON.parse(readFileSync(".next/build-manifest.json", "utf8"));
for (const name of rootMainFiles) {
  const path = `${server}/.next/${name}`;
  writeFileSync(path, `//# allFunctionsCalledOnLoad\n${readFileSync(path, "utf8")}`);
}

/** A package with all that it needs. */
function take(name) {
  const from = `node_modules/${name}`;
  cpSync(from, `${server}/${from}`, { recursive: true });
  const { dependencies = {} } = JSON.parse(readFileSync(`${from}/package.json`, "utf8"));
  for (const needed of Object.keys(dependencies)) take(needed);
}

take("compression");
