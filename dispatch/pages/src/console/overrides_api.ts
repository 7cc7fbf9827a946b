import { get, type Outcome, post } from "../shared/http";
import type { Override } from "./changes";

export interface EtaChange {
  order_id: string;
  promise_at_ms: number;
  /** 0: nobody knows. */
  before_at_ms: number;
  after_at_ms: number;
}

/** A term of the planner's objective, in seconds of riding. */
export interface TermChange {
  name: string;
  unit: string;
  reason: string;
  before_s: number;
  after_s: number;
}

export interface Effects {
  plan_version: number;
  before_s: number;
  after_s: number;
  etas: readonly EtaChange[];
  terms: readonly TermChange[];
  violations: readonly string[];
}

export type Verdict = "open" | "better" | "same" | "worse" | "unjudged" | "undone";

export interface MadeOverride {
  id: string;
  action: string;
  order_ids: readonly string[];
  courier_id: string;
  reason: string;
  by: string;
  at_ms: number;
  verdict: Verdict;
  judged: number;
  better_min: number;
  predicted_min: number;
  late_saved_min: number;
  undone_at_ms: number;
  undone_by: string;
  /** Why it cannot be undone; empty: it can. */
  against_undo: readonly string[];
}

export interface SummaryRow {
  by: string;
  action: string;
  overrides: number;
  undone: number;
  judged: number;
  better: number;
  same: number;
  worse: number;
  better_min: number;
}

export type Looked = { kind: "known"; effects: Effects } | Exclude<Outcome, { kind: "done" | "accepted" }>;

/** What an override would change; nothing is changed. */
export async function lookAhead(token: string, wish: Override): Promise<Looked> {
  const outcome = await post("/v1/overrides:preview", { ...wish, reason: wish.reason || "preview" }, { token });
  if (outcome.kind === "done") return { kind: "known", effects: outcome.body as Effects };
  return outcome.kind === "accepted" ? { kind: "unreachable" } : outcome;
}

export function sendOverride(token: string, override: Override): Promise<Outcome> {
  return post("/v1/overrides", override, { token });
}

export function sendUndo(token: string, zone: string, override_id: string, reason: string): Promise<Outcome> {
  return post(`/v1/overrides/${encodeURIComponent(override_id)}:undo`, { zone, reason }, { token });
}

/** The overrides of an order, or the newest of the zone; null when they cannot be had. */
export async function fetchOverrides(
  token: string,
  zone: string,
  order_id: string,
): Promise<readonly MadeOverride[] | null> {
  const query = new URLSearchParams({ zone, limit: "30", ...(order_id && { order_id }) });
  const found = (await get(`/v1/overrides?${query}`, token)) as { overrides: readonly MadeOverride[] } | null;
  return found?.overrides ?? null;
}

export async function fetchSummary(token: string, zone: string): Promise<readonly SummaryRow[] | null> {
  const found = (await get(`/v1/overrides/summary?${new URLSearchParams({ zone })}`, token)) as {
    rows: readonly SummaryRow[];
  } | null;
  return found?.rows ?? null;
}

/** The id of an override that was just made; empty when the answer names none. */
export function madeId(outcome: Outcome): string {
  if (outcome.kind !== "done") return "";
  const { id } = (outcome.body ?? {}) as { id?: string };
  return id ?? "";
}
