import type { problems as en } from "@/lib/problems/en";

export const problems: Record<keyof typeof en, string> = {
  offline: "",
  http_error: "",
  api_unreachable: "",
};
