import { headers } from "next/headers";

/** Structured data (schema.org, JSON-LD). `<` is escaped, so no text of ours can end the element. */
export async function Structured({ data }: { data: object }) {
  const nonce = (await headers()).get("x-nonce") ?? undefined;
  return <script type="application/ld+json" nonce={nonce} suppressHydrationWarning dangerouslySetInnerHTML={{ __html: JSON.stringify(data).replace(/</g, "\\u003c") }} />;
}
