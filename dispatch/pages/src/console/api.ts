import { type Outcome, post } from "../shared/http";
import type { Party } from "../shared/protocol/messages";

export type { Outcome } from "../shared/http";

export function sendCancel(token: string, order_id: string, reason: string): Promise<Outcome> {
  return post(`/v1/orders/${encodeURIComponent(order_id)}/cancel`, { reason }, { token });
}

/** Promise an order for another window. `seen_version` is the `wish_version` of the order that the person saw. */
export function sendReschedule(
  token: string,
  order_id: string,
  body: { earliest_at_ms: number; promise_at_ms: number; reason: string; seen_version: number },
  key: string,
): Promise<Outcome> {
  return post(`/v1/orders/${encodeURIComponent(order_id)}:reschedule`, body, { token, key });
}

/** Write about an order, as the desk. The same `key` again is the same message. */
export function sendMessage(token: string, order_id: string, to: Party, text: string, key: string): Promise<Outcome> {
  return post(`/v1/orders/${encodeURIComponent(order_id)}/messages`, { to, text }, { token, key });
}

/** The number that joins whoever dials it with one of the order's two; the same `key` asks for the same call. */
export function callAbout(token: string, order_id: string, to: Party, key: string): Promise<Outcome> {
  return post(`/v1/orders/${encodeURIComponent(order_id)}:call`, { to }, { token, key });
}

/** A courier hands an order's goods over to another one, where it suits both best. */
export function sendHandover(
  token: string,
  zone: string,
  order_id: string,
  to_courier_id: string,
  reason: string,
): Promise<Outcome> {
  return post("/v1/handovers", { order_ids: [order_id], to_courier_id, reason, zone }, { token });
}

/** A planned hand-over is done, or off. */
export function sendHandoverEnd(token: string, order_id: string, done: boolean, reason: string): Promise<Outcome> {
  return post(`/v1/orders/${encodeURIComponent(order_id)}/handover`, { done, reason }, { token });
}

/** What becomes of a failed attempt, or that its goods are back at the depot. */
export function sendAttempt(token: string, order_id: string, resolution: string, reason: string): Promise<Outcome> {
  return post(`/v1/orders/${encodeURIComponent(order_id)}/attempt`, { resolution, reason }, { token });
}
