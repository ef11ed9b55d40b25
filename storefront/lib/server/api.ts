import "server-only";
import { headers } from "next/headers";
import { ApiProblem } from "@/lib/api/problem";
import { createApi } from "@/lib/api/create";
import { getLocale } from "@/lib/i18n/server";
import { settings } from "@/lib/server/settings";

/**
 * The API with nobody signed in. Answers about a store are the same for all and may be kept (`next: { revalidate }`):
 * nothing of the caller travels but the language, as every header is part of the key under which an answer is kept.
 * What is asked for a point is the caller's own; the address goes along, so that the API's limits count each caller
 * and not this server for all of them.
 */
export async function publicApi(where?: object | null) {
  const own = where && "lat" in where ? await callersAddress() : {};
  return createApi({ baseUrl: settings.apiUrl, headers: { "Accept-Language": await getLocale(), ...own } });
}

async function callersAddress(): Promise<Record<string, string>> {
  const address = (await headers()).get("x-forwarded-for");
  return address ? { "X-Forwarded-For": address } : {};
}

/** The data of a call made on the server; null for what is missing (404). Raises ApiProblem for each other refusal. */
export async function found<Data>(
  asked: Promise<{ data?: Data; error?: unknown; response: Response }>,
): Promise<NonNullable<Data> | null> {
  const { data, error, response } = await asked;
  if (response.status === 404) return null;
  if (!response.ok) throw ApiProblem.of(error, response);
  return data as NonNullable<Data>;
}
