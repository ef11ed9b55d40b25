// Starts the built pages with the platform's own variables, SHOPSMART_HOST and SHOPSMART_WEB_PORT.
process.env.HOSTNAME = process.env.SHOPSMART_HOST || "127.0.0.1";
process.env.PORT = process.env.SHOPSMART_WEB_PORT || "3000";
process.env.NEXT_TELEMETRY_DISABLED = "1";
// Without a launcher above, nobody is left to serve for.
process.on("SIGTERM", () => process.exit(0));

await import("./.next/standalone/server.js");
