import { type Answer, call } from "../shared/call";
import type { Day } from "./view";

export type { Answer, Refusal } from "../shared/call";

/** What the sign-in answers. */
export interface SignedIn {
  token: string;
  courier_id: string;
  name: string;
  zone: string;
  expires_at_s: number;
}

/** Ask for a one-time code. The answer is the same whether the number is known or not. */
export function askCode(phone: string): Promise<Answer<unknown>> {
  return call("/v1/sign-in/codes", { body: { phone } });
}

export function signIn(phone: string, code: string): Promise<Answer<SignedIn>> {
  return call("/v1/sign-in", { body: { phone, code } });
}

/** Name, vehicle and zone, as the server has them. */
export function readCourier(
  token: string,
  id: string,
): Promise<Answer<{ name: string; profile: string; zone: string }>> {
  return call(`/v1/couriers/${encodeURIComponent(id)}`, { token });
}

/** What was done since `from_ms` (business time). */
export function readDay(token: string, id: string, from_ms: number): Promise<Answer<Day>> {
  return call(`/v1/couriers/${encodeURIComponent(id)}/day?from_ms=${from_ms}`, { token });
}
