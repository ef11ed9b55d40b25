import type { MetadataRoute } from "next";
import { settings } from "@/lib/server/settings";

export const dynamic = "force-dynamic";

export default function robots(): MetadataRoute.Robots {
  return {
    rules: { userAgent: "*", allow: "/", disallow: ["/api/", "/cart", "/checkout", "/orders", "/account", "/store", "/ride", "/admin"] },
    sitemap: `${settings.publicUrl}/sitemap.xml`,
  };
}
