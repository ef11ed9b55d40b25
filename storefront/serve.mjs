// Serves the built pages (from the folder that scripts/pack.mjs makes) with the platform's own variables, SHOPSMART_HOST and SHOPSMART_WEB_PORT.
import http from "node:http";
import compression from "compression";
import { withLateScripts } from "./late-scripts.mjs";

process.env.HOSTNAME = process.env.SHOPSMART_HOST || "127.0.0.1";
process.env.PORT = process.env.SHOPSMART_WEB_PORT || "3000";
process.env.NEXT_TELEMETRY_DISABLED = "1";
// Without a launcher above, nobody is left to serve for.
process.on("SIGTERM", () => process.exit(0));

const { createServer } = http;
const compress = compression();
http.createServer = (listener) =>
  createServer((request, response) => compress(request, response, () => listener(request, withLateScripts(response))));

await import("./server.js");
