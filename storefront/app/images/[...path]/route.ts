import { forward } from "@/lib/server/forward";

export const dynamic = "force-dynamic";

export { forward as GET };
