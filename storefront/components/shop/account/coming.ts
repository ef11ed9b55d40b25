// Calls whose types are not in the service's document yet.
import createClient from "openapi-fetch";
import { api } from "@/lib/api/client";
import type { User } from "@/lib/api/types";

export type OtpSent = { expires_in: number; resend_in: number };

type Post<Body, Answer, Status extends number> = {
  post: { requestBody: { content: { "application/json": Body } }; responses: { [code in Status]: { content: { "application/json": Answer } } } };
};
type Coming = {
  "/api/v1/auth/otp": Post<{ phone: string }, OtpSent, 202>;
  "/api/v1/auth/otp/verify": Post<{ phone: string; code: string; name?: string }, { user: User }, 200>;
};

export const coming = api as unknown as ReturnType<typeof createClient<Coming>>;
