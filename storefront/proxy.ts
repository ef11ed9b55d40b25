// Before each page: a Content-Security-Policy with a fresh nonce, and the reader's language.
import { NextResponse, type NextRequest } from "next/server";
import { isLocale, LOCALE_COOKIE, preferredLocale } from "@/lib/i18n/locales";

const development = process.env.NODE_ENV === "development";

function originOf(url: string | undefined): string {
  if (!url) return "";
  try {
    return new URL(url.replace("{s}.", "")).origin + (url.includes("{s}.") ? ` ${new URL(url.replace("{s}", "x")).protocol}//*.${new URL(url.replace("{s}.", "")).host}` : "");
  } catch {
    return "";
  }
}

function policy(nonce: string): string {
  const pictures = ["'self'", "data:", "blob:", originOf(process.env.SHOPSMART_TILE_URL), originOf(process.env.SHOPSMART_IMAGE_BASE_URL)];
  return [
    "default-src 'none'",
    `script-src 'self' 'nonce-${nonce}' 'strict-dynamic'${development ? " 'unsafe-eval'" : ""}`,
    // next dev writes style elements by itself and gives them no nonce.
    development ? "style-src 'self' 'unsafe-inline'" : `style-src 'self' 'nonce-${nonce}'`,
    `img-src ${pictures.filter(Boolean).join(" ")}`,
    "font-src 'self'",
    `connect-src 'self'${development ? " ws:" : ""}`,
    "media-src 'self' data:",
    "manifest-src 'self'",
    "worker-src 'self'",
    "form-action 'self'",
    "frame-ancestors 'none'",
    "base-uri 'none'",
  ].join("; ");
}

export function proxy(request: NextRequest): NextResponse {
  const nonce = btoa(crypto.randomUUID());
  const csp = policy(nonce);
  const asked = request.nextUrl.searchParams.get("lang");
  const kept = request.cookies.get(LOCALE_COOKIE)?.value;
  const locale = isLocale(asked) ? asked : isLocale(kept) ? kept : preferredLocale(request.headers.get("accept-language"));

  const headers = new Headers(request.headers);
  headers.set("x-nonce", nonce);
  headers.set("x-locale", locale);
  headers.set("x-path", request.nextUrl.pathname);
  headers.set("content-security-policy", csp);
  const response = NextResponse.next({ request: { headers } });
  response.headers.set("Content-Security-Policy", csp);
  response.headers.set("X-Content-Type-Options", "nosniff");
  response.headers.set("Referrer-Policy", "strict-origin-when-cross-origin");
  response.headers.set("Permissions-Policy", "geolocation=(self), camera=(self), microphone=(), payment=(self)");
  if (isLocale(asked) && asked !== kept) {
    response.cookies.set(LOCALE_COOKIE, asked, { path: "/", maxAge: 31_536_000, sameSite: "lax" });
  }
  return response;
}

export const config = {
  matcher: ["/((?!api/|images/|_next/static|_next/image|favicon.ico|icons/|departments/|sw.js|robots.txt|sitemap.xml).*)"],
};
