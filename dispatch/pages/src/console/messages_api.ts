import { get, type Outcome, post, put, read, remove } from "../shared/http";

/** One message about one event to one recipient by one channel, without address and words. */
export interface SentMessage {
  id: string;
  order_id: string;
  event: string;
  audience: string;
  channel: string;
  state: "queued" | "claimed" | "sent" | "failed" | "skipped";
  reason: string;
  tries: number;
  event_at_ms: number;
  due_at_ms: number;
  done_at_ms: number;
}

export interface MessagePage {
  messages: readonly SentMessage[];
  next_cursor?: string;
}

export const LOG_STATES = ["failed", "waiting", "sent", "skipped"] as const;
export type LogState = (typeof LOG_STATES)[number];
export const CHANNELS = ["webhook", "web_push", "email", "sms", "wechat"] as const;

/** A page of the log; `read`, so that the reason of a refusal is told. */
export function readLog(token: string, zone: string, wish: { state: string; channel: string; cursor: string }) {
  const given = Object.entries({ zone, ...wish }).filter(([, value]) => value !== "");
  return read(`/v1/messages-sent?${new URLSearchParams(Object.fromEntries(given))}`, { token });
}

export function sendRetry(token: string, id: string): Promise<Outcome> {
  return post(`/v1/messages-sent/${encodeURIComponent(id)}:retry`, {}, { token });
}

/** Where a message stands, in four words instead of five. */
export function logState({ state }: SentMessage): LogState {
  return state === "queued" || state === "claimed" ? "waiting" : state;
}

export interface ChannelSetUp {
  channel: string;
  how: "on" | "record" | "off";
}

export async function fetchChannels(token: string): Promise<readonly ChannelSetUp[] | null> {
  return ((await get("/v1/message-channels", token)) as { channels: ChannelSetUp[] } | null)?.channels ?? null;
}

// --- webhooks --------------------------------------------------------------------------------------------------

export const EVENTS = [
  ...["assigned", "on_way", "near", "at_door", "delivered", "delayed", "sooner", "failed", "returning", "returned"],
  ...["held", "canceled", "expected", "at_point", "collected", "uncollected"],
].map((step) => `order.${step}`);
export const STOCK_LOW = "stock.low";

export interface Webhook {
  id: string;
  account: string;
  url: string;
  events: readonly string[];
  /** Why nothing is sent: `paused` by hand, `gone` by its own answer; empty: it is. */
  off: string;
  made_at: number;
}

export interface WebhookWish {
  url: string;
  events: readonly string[];
  on: boolean;
  account?: string;
}

export async function fetchWebhooks(token: string, zone: string): Promise<readonly Webhook[] | null> {
  const found = (await get(`/v1/webhooks?${new URLSearchParams({ zone })}`, token)) as { webhooks: Webhook[] } | null;
  return found?.webhooks ?? null;
}

export function makeWebhook(token: string, zone: string, wish: WebhookWish): Promise<Outcome> {
  return post("/v1/webhooks", { ...wish, zone }, { token });
}

const hookPath = (id: string) => `/v1/webhooks/${encodeURIComponent(id)}`;

export function changeWebhook(token: string, zone: string, id: string, wish: WebhookWish): Promise<Outcome> {
  return put(hookPath(id), { ...wish, zone }, { token });
}

export function dropWebhook(token: string, id: string): Promise<Outcome> {
  return remove(hookPath(id), { token });
}

/** A new secret, in the body of what is done. */
export function rotateSecret(token: string, id: string): Promise<Outcome> {
  return post(`${hookPath(id)}/secret:rotate`, {}, { token });
}

export async function fetchDeliveries(token: string, id: string): Promise<readonly SentMessage[] | null> {
  return ((await get(`${hookPath(id)}/deliveries?limit=50`, token)) as MessagePage | null)?.messages ?? null;
}

export function sendReplay(token: string, id: string): Promise<Outcome> {
  return post(`/v1/webhook-deliveries/${encodeURIComponent(id)}:replay`, {}, { token });
}

/** What is wrong with where events shall go; empty: nothing that one can see from here. */
export function urlFault(url: string): "" | "hooks.wrong.url" {
  try {
    const { protocol, port } = new URL(url);
    return (protocol === "https:" || protocol === "http:") && port === "" ? "" : "hooks.wrong.url";
  } catch {
    return "hooks.wrong.url";
  }
}
