import type { Effects, EtaChange } from "./overrides_api";

/** A shown arrival is off by less than this, and nobody acts on it. */
const SAME_MS = 60_000;
/** A price for an order that nobody takes; the sum of seconds would say nothing beside it. */
const UNSERVED = "unserved";

export type EtaTone = "on_time" | "at_risk" | "late" | "unknown";
export type Move = "sooner" | "later" | "same" | "waits" | "found" | "unknown";

/** How an arrival moves, and what that means for its promise. */
export interface EtaWords {
  move: Move;
  by_ms: number;
  tone: EtaTone;
  /** By how much it will be late. */
  late_ms: number;
}

export function etaWords(eta: EtaChange): EtaWords {
  const { before_at_ms, after_at_ms, promise_at_ms } = eta;
  const late_ms = promise_at_ms > 0 && after_at_ms > 0 ? Math.max(0, after_at_ms - promise_at_ms) : 0;
  const known = (move: Move, by_ms = 0): EtaWords => ({ move, by_ms, late_ms, tone: toneOf(move, late_ms) });
  if (!before_at_ms && !after_at_ms) return known("unknown");
  if (!after_at_ms) return known("waits");
  if (!before_at_ms) return known("found");
  const by_ms = after_at_ms - before_at_ms;
  if (Math.abs(by_ms) < SAME_MS) return known("same");
  return known(by_ms < 0 ? "sooner" : "later", Math.abs(by_ms));
}

function toneOf(move: Move, late_ms: number): EtaTone {
  if (late_ms > 0) return "late";
  if (move === "later" || move === "waits") return "at_risk";
  return move === "unknown" ? "unknown" : "on_time";
}

/** What the change is worth to the planner, in seconds of riding (negative: better), and orders left without anybody. */
export function worth_s(effects: Effects): { change_s: number; unserved: boolean } {
  const counted = effects.terms.filter((term) => term.name !== UNSERVED);
  const change_s = counted.reduce((sum, term) => sum + term.after_s - term.before_s, 0);
  const nobody = effects.terms.find((term) => term.name === UNSERVED);
  return { change_s: Math.round(change_s), unserved: (nobody?.after_s ?? 0) > (nobody?.before_s ?? 0) };
}

/** The terms that the change moves, the most moved first. */
export function movedTerms(effects: Effects): { name: string; reason: string; change_s: number }[] {
  return effects.terms
    .filter((term) => term.name !== UNSERVED)
    .map(({ name, reason, before_s, after_s }) => ({ name, reason, change_s: Math.round(after_s - before_s) }))
    .filter(({ change_s }) => change_s !== 0)
    .sort((a, b) => Math.abs(b.change_s) - Math.abs(a.change_s));
}

/** The orders by how much their arrival moves; those that were named come first. */
export function sortedEtas(effects: Effects, named: readonly string[]): EtaChange[] {
  const rank = (eta: EtaChange) => (named.includes(eta.order_id) ? 0 : 1);
  const moved = (eta: EtaChange) => etaWords(eta).by_ms;
  return [...effects.etas].sort((a, b) => rank(a) - rank(b) || moved(b) - moved(a));
}
