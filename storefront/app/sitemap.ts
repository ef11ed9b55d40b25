import type { MetadataRoute } from "next";
import createClient from "openapi-fetch";
import type { Category } from "@/lib/api/types";
import type { paths } from "@/lib/api/schema";
import { settings } from "@/lib/server/settings";

export const dynamic = "force-dynamic";

function slugs(tree: Category[]): string[] {
  return tree.flatMap(({ slug, children }) => [slug, ...slugs(children)]);
}

/** The shop's shelves; products are found from there. */
export default async function sitemap(): Promise<MetadataRoute.Sitemap> {
  const api = createClient<paths>({ baseUrl: settings.apiUrl });
  const { data } = await api.GET("/api/v1/categories");
  return ["/", "/category", ...slugs(data?.items ?? []).map((slug) => `/category/${slug}`)].map((path) => ({ url: settings.publicUrl + path }));
}
