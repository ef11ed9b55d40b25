"use client";

/** When not even the frame of a page could be drawn: no style, no dictionary, but a way on. */
export default function GlobalError() {
  return (
    <html lang="en">
      <body>
        <h1>ShopSmart</h1>
        <p>That did not work. Please try again.</p>
        <button type="button" onClick={() => location.reload()}>Try again</button>
      </body>
    </html>
  );
}
