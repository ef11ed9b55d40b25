import { fileURLToPath } from "node:url";
import { defineConfig } from "vitest/config";

const here = (path: string) => fileURLToPath(new URL(path, import.meta.url));

export default defineConfig({
  resolve: {
    alias: {
      // Next takes the place of this package when it builds; outside of it, importing it raises.
      "server-only": here("./tests/server-only.ts"),
      "@": here("."),
    },
  },
  test: { environment: "node", include: ["tests/**/*.test.ts"], sequence: { shuffle: true } },
});
