import { get, type Outcome, post, read } from "../shared/http";
import { t } from "../shared/i18n";
import { problemWords } from "./problem_words";
import type { Picking, Step, Waves } from "./waves";

const pathOf = (depot: string, what: string, zone: string, more: Record<string, string> = {}) =>
  `/v1/depots/${encodeURIComponent(depot)}/${what}?${new URLSearchParams({ zone, ...more })}`;

/** The waves of a depot; else why they cannot be had. */
export async function fetchWaves(token: string, zone: string, depot: string): Promise<Waves | Outcome> {
  const outcome = await read(pathOf(depot, "waves", zone), { token });
  return outcome.kind === "done" ? (outcome.body as Waves) : outcome;
}

/** How picking went today; null: that cannot be had. */
export async function fetchPicking(token: string, zone: string, depot: string): Promise<Picking | null> {
  return (await get(pathOf(depot, "picking", zone, { days: "1" }), token)) as Picking | null;
}

export interface Prepared {
  done: number;
  failed: number;
  /** Why the first of those that failed did. */
  trouble: string;
}

interface Result {
  status: number;
  problem?: { code?: string; detail?: string };
}

/** Say of several orders that they are being picked, or are packed. */
export async function sendPrepared(
  token: string,
  zone: string,
  depot: string,
  step: Step,
  order_ids: readonly string[],
): Promise<Prepared> {
  const path = `/v1/depots/${encodeURIComponent(depot)}/waves:prepare`;
  const outcome = await post(path, { step, order_ids, zone }, { token });
  if (outcome.kind !== "done") return { done: 0, failed: order_ids.length, trouble: problemWords(outcome) };
  const { results } = outcome.body as { results: readonly Result[] };
  const failed = results.filter(({ status }) => status >= 300);
  return { done: results.length - failed.length, failed: failed.length, trouble: troubleOf(failed[0]) };
}

const TROUBLES = {
  order_ended: "waves.problem.order_ended",
  other_depot: "waves.problem.other_depot",
  unknown_order: "waves.problem.unknown_order",
} as const;

function troubleOf(result: Result | undefined): string {
  const key = TROUBLES[result?.problem?.code as keyof typeof TROUBLES];
  return key ? t(key) : (result?.problem?.detail ?? "");
}
