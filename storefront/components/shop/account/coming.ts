// Calls whose types are not in the service's document yet.
import createClient from "openapi-fetch";
import { api } from "@/lib/api/client";

export type NotificationWishes = { email: boolean; sms: boolean; push: boolean };

type Json<Body> = { content: { "application/json": Body } };
type Sends<Body> = { requestBody: Json<Body> };
type Answers<Status extends number, Answer> = { responses: { [code in Status]: Json<Answer> } };

type Coming = {
  "/api/v1/me/notifications": { get: Answers<200, NotificationWishes>; put: Sends<NotificationWishes> & Answers<200, NotificationWishes> };
  "/api/v1/me/export": { get: Answers<200, Record<string, unknown>> };
  "/api/v1/me": { delete: Sends<{ password?: string; code?: string }> & { responses: { 204: { content?: never } } } };
};

export const coming = api as unknown as ReturnType<typeof createClient<Coming>>;
