import { getServiceability } from "@/lib/server/place";

export default async function Home() {
  const answer = await getServiceability();
  return <main className="p-8"><h1>{answer?.store?.name ?? "ShopSmart"}</h1></main>;
}
