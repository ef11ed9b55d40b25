// What may differ between two installations, read when the server runs, never when it is built.
import "server-only";

function origin(value: string | undefined, fallback: string): string {
  return (value || fallback).replace(/\/+$/, "");
}

export const settings = {
  /** Where this server finds the API. */
  get apiUrl(): string {
    return origin(process.env.SHOPSMART_API_URL, "http://127.0.0.1:8000");
  },
  /** The address people type; used in canonical links. */
  get publicUrl(): string {
    return origin(process.env.SHOPSMART_WEB_URL, "http://localhost:3000");
  },
  /** Map tiles such as `https://tile.example.org/{z}/{x}/{y}.png`; empty: the maps draw on a plain ground. */
  get tileUrl(): string {
    return process.env.SHOPSMART_TILE_URL ?? "";
  },
  get tileAttribution(): string {
    return process.env.SHOPSMART_TILE_ATTRIBUTION ?? "";
  },
  /** Origin of product pictures when a CDN serves them. */
  get imageOrigin(): string {
    const url = process.env.SHOPSMART_IMAGE_BASE_URL;
    return url ? new URL(url).origin : "";
  },
};
