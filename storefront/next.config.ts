import type { NextConfig } from "next";

const config: NextConfig = {
  output: "standalone",
  outputFileTracingRoot: import.meta.dirname,
  turbopack: { root: import.meta.dirname },
  poweredByHeader: false,
  compress: false, // serve.mjs does it, after it has looked at the page

  reactStrictMode: true,
  headers: async () => [{ source: "/departments/:file", headers: [{ key: "Cache-Control", value: "public, max-age=604800" }] }],
};

export default config;
