import { fetchAs, type Outcome, post } from "../shared/http";
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

/** A picture that proves a delivery. `missing`: the phone has not uploaded it yet. */
export type Picture = { kind: "here"; picture: Blob } | { kind: "missing" } | { kind: "failed" };

export async function fetchPicture(token: string, upload_id: string): Promise<Picture> {
  try {
    const response = await fetchAs(token, `/v1/uploads/${encodeURIComponent(upload_id)}`);
    if (response.status === 404) return { kind: "missing" };
    const picture = response.ok && response.headers.get("content-type")?.startsWith("image/");
    return picture ? { kind: "here", picture: await response.blob() } : { kind: "failed" };
  } catch {
    return { kind: "failed" };
  }
}

export type PaperKind = "labels" | "delivery_notes";

/** The papers of orders as one PDF, in this language; null when they cannot be had. */
export async function fetchPapers(
  token: string,
  kind: PaperKind,
  order_ids: readonly string[],
  lang: string,
): Promise<Blob | null> {
  try {
    const response = await fetchAs(token, `/v1/papers?lang=${lang}`, {
      method: "POST",
      headers: { "content-type": "application/json", accept: "application/pdf, application/json" },
      body: JSON.stringify({ kind, order_ids }),
    });
    return response.ok ? await response.blob() : null;
  } catch {
    return null;
  }
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
