import next from "eslint-config-next";

const words = [
  "error",
  {
    noStrings: true,
    ignoreProps: true,
    allowedStrings: ["·", "–", "×", "+", "−", "/", "(", ")", ":", ",", "%", "…", "ShopSmart", "→", "←", "#", "*", "-", "."],
  },
];

const config = [
  { ignores: [".next/**", "node_modules/**", "lib/api/schema.d.ts", "next-env.d.ts"] },
  ...next,
  {
    // What customers and riders read comes from the dictionaries, so that no language is forgotten.
    files: ["app/(shop)/**/*.tsx", "app/ride/**/*.tsx", "components/shop/**/*.tsx", "components/ride/**/*.tsx"],
    rules: { "react/jsx-no-literals": words },
  },
  {
    // Product pictures are served in their sizes by the API; they need no second optimiser.
    rules: { "@next/next/no-img-element": "off" },
  },
];

export default config;
