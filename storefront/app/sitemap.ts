import type { MetadataRoute } from "next";
import type { Category } from "@/lib/api/types";
import { createApi } from "@/lib/api/create";
import { settings } from "@/lib/server/settings";

export const dynamic = "force-dynamic";

function slugs(tree: Category[]): string[] {
  return tree.flatMap(({ slug, children }) => [slug, ...slugs(children)]);
}

/** The shop's shelves; products are found from there. */
export default async function sitemap(): Promise<MetadataRoute.Sitemap> {
  const api = createApi({ baseUrl: settings.apiUrl });
  const { data } = await api.GET("/api/v1/categories");
  return ["/", "/category", ...slugs(data?.items ?? []).map((slug) => `/category/${slug}`)].map((path) => ({ url: settings.publicUrl + path }));
}
