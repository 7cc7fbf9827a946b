import { count, decimal, timeOrDay } from "../shared/format";
import { fetchAs, type Outcome, read } from "../shared/http";
import { t } from "../shared/i18n";

const DAY_MS = 24 * 3_600_000;
const MOST_ALERTS = 200;

export type AlertKind = "low" | "spike" | "slow";
export const ALERT_KINDS: readonly AlertKind[] = ["low", "spike", "slow"];

export interface StockAlert {
  kind: AlertKind;
  depot_id: string;
  sku: string;
  name: string;
  pieces: number;
  /** 0: not known. */
  since_ms: number;
  low_at: number | null;
  usual: number | null;
  cover_days: number | null;
}

export interface Alerts {
  alerts: readonly StockAlert[];
  counts: Readonly<Record<AlertKind, number>>;
}

export interface OrderAdvised {
  depot_id: string;
  sku: string;
  name: string;
  quantity: number;
  has: number;
  wants: number;
  daily: number;
  /** 0: not within two months. */
  empty_at_ms: number;
  /** Of what it has, so many were ordered and have not come. */
  coming: number;
}

export interface TransferAdvised {
  sku: string;
  name: string;
  from_depot_id: string;
  to_depot_id: string;
  quantity: number;
}

export interface Advice {
  transfers: readonly TransferAdvised[];
  orders: readonly OrderAdvised[];
  unknown: number;
}

/** How stock is kept: `demand` is percent of what is usual. */
export interface Policy {
  days: number;
  lead_h: number;
  demand: number;
}

export const FIRST_POLICY: Policy = { days: 3, lead_h: 24, demand: 100 };
export const POLICIES = {
  days: [1, 2, 3, 7, 14],
  lead_h: [6, 12, 24, 48, 72, 168],
  demand: [80, 100, 120, 150, 200],
} as const;

/** What an alert says, beside its kind and its shelf. */
export function alertWords(alert: StockAlert, now_ms: number): string {
  const { kind, pieces, since_ms, low_at, usual, cover_days } = alert;
  const n = count(pieces);
  const time = timeOrDay(since_ms, now_ms);
  if (kind === "spike") return t("alerts.words.spike", { n, time, usual: decimal(usual ?? 0) });
  if (kind === "low") {
    const words = { n, low_at: count(low_at ?? 0), time };
    return t(since_ms ? "alerts.words.low.since" : "alerts.words.low", words);
  }
  if (since_ms === 0) return t("alerts.words.slow.unknown", { n });
  const days = Math.floor((now_ms - since_ms) / DAY_MS);
  if (cover_days === null) return t("alerts.words.slow.never", { n, days });
  return t("alerts.words.slow", { n, days, cover: count(Math.round(cover_days)) });
}

/** When it will be empty, in words. */
export function emptyWords(empty_at_ms: number, now_ms: number): string {
  return empty_at_ms === 0 ? t("advice.empty.never") : timeOrDay(Math.max(empty_at_ms, now_ms), now_ms);
}

/** The alerts of a depot (empty: of all); only those of one kind where it is named. */
export async function fetchAlerts(
  token: string,
  zone: string,
  depot: string,
  kind: AlertKind | "",
): Promise<Alerts | Outcome> {
  const query = new URLSearchParams({ zone, depot, kind, limit: String(MOST_ALERTS) });
  const outcome = await read(`/v1/stock/alerts?${query}`, { token });
  return outcome.kind === "done" ? (outcome.body as Alerts) : outcome;
}

function policyQuery(zone: string, depot: string, { days, lead_h, demand }: Policy): URLSearchParams {
  const numbers = { days: String(days), lead_h: String(lead_h), demand: String(demand) };
  return new URLSearchParams({ zone, depot, ...numbers });
}

export async function fetchAdvice(
  token: string,
  zone: string,
  depot: string,
  policy: Policy,
): Promise<Advice | Outcome> {
  const outcome = await read(`/v1/stock/advice?${policyQuery(zone, depot, policy)}`, { token });
  return outcome.kind === "done" ? (outcome.body as Advice) : outcome;
}

/** The whole advice as a table; null: it cannot be had. */
export async function fetchAdviceTable(
  token: string,
  zone: string,
  depot: string,
  policy: Policy,
): Promise<Blob | null> {
  try {
    const response = await fetchAs(token, `/v1/stock/advice/table?${policyQuery(zone, depot, policy)}`);
    return response.ok ? await response.blob() : null;
  } catch {
    return null;
  }
}
