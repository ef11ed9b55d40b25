// Calls whose types are not in the service's document yet.
import createClient from "openapi-fetch";
import { api } from "@/lib/api/client";
import type { Order, User } from "@/lib/api/types";

export type OtpSent = { expires_in: number; resend_in: number };
export type NotificationWishes = { email: boolean; sms: boolean; push: boolean };

type Json<Body> = { content: { "application/json": Body } };
type Sends<Body> = { requestBody: Json<Body> };
type Answers<Status extends number, Answer> = { responses: { [code in Status]: Json<Answer> } };
type Path<Names extends string> = { parameters: { path: { [name in Names]: string } } };

type Coming = {
  "/api/v1/auth/otp": { post: Sends<{ phone: string }> & Answers<202, OtpSent> };
  "/api/v1/auth/otp/verify": { post: Sends<{ phone: string; code: string; name?: string }> & Answers<200, { user: User }> };
  "/api/v1/orders/{order_id}/substitutions/{line_id}": { post: Path<"order_id" | "line_id"> & Sends<{ accept: boolean }> & Answers<200, Order> };
  "/api/v1/orders/{order_id}/invoice": { get: Path<"order_id"> & { responses: { 200: { content: { "application/pdf": Blob } } } } };
  "/api/v1/me/notifications": { get: Answers<200, NotificationWishes>; put: Sends<NotificationWishes> & Answers<200, NotificationWishes> };
  "/api/v1/me/export": { get: Answers<200, Record<string, unknown>> };
  "/api/v1/me": { delete: Sends<{ password?: string; code?: string }> & { responses: { 204: { content?: never } } } };
};

export const coming = api as unknown as ReturnType<typeof createClient<Coming>>;
