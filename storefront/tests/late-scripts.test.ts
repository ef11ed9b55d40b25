import { PassThrough } from "node:stream";
import { describe, expect, it } from "vitest";
// @ts-expect-error: plain JavaScript, as it runs beside the built server
import { withLateScripts } from "../late-scripts.mjs";

const TAG = '<script src="/_next/static/chunks/a.js" async="" nonce="n1"></script>';

async function through(type: string, chunks: (string | Buffer)[]): Promise<string> {
  const response = Object.assign(new PassThrough(), { getHeader: () => type });
  const late = withLateScripts(response);
  for (const chunk of chunks) late.write(chunk);
  late.end();
  return Buffer.concat(await response.toArray()).toString("utf8");
}

describe("late scripts", () => {
  it("makes Next's scripts inert, and turns them back by one script with the page's nonce", async () => {
    const page = await through("text/html; charset=utf-8", [`<head>${TAG}${TAG}</head>`, `<body>${TAG}</body>`]);
    expect(page).not.toContain("async=");
    expect(page.match(/<link rel="late-script" href="\/_next\/static\/chunks\/a\.js"\/>/g)).toHaveLength(3);
    expect(page.match(/<script type="module" nonce="n1">/g)).toHaveLength(1);
  });

  it("leaves letters whole that two chunks share", async () => {
    const letter = Buffer.from("ଦୁଧ");
    expect(await through("text/html", [letter.subarray(0, 4), letter.subarray(4)])).toBe("ଦୁଧ");
  });

  it("leaves what is no page as it is", async () => {
    expect(await through("application/json", [JSON.stringify({ text: TAG })])).toBe(JSON.stringify({ text: TAG }));
  });
});
