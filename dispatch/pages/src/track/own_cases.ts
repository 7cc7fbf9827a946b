import { type Outcome, post, read } from "../shared/http";
import type { Key } from "../shared/i18n";

/** A case as the server shows it to the order's customer: `dispatch/web/bodies_cases.py`. */
export interface OwnCase {
  id: string;
  kind: string;
  at_ms: number;
  state: "open" | "answered" | "closed";
  text: string;
  due_at_ms: number;
  solution: string;
  solved_at_ms: number;
  compensation_minor: number;
  may_reopen: boolean;
}

export interface OwnCases {
  cases: readonly OwnCase[];
  currency: string;
}

export interface Report {
  kind: string;
  text: string;
  wanted_minor: number;
}

export const KINDS = ["complaint", "question", "compensation"] as const;
export const MAX_TEXT_LENGTH = 500;

/** What a customer says about their order; the link is the right to it. */
export function casesOf(token: string) {
  const at = `/v1/track/${encodeURIComponent(token)}/cases`;
  return {
    /** Null: they cannot be had now. */
    async list(): Promise<OwnCases | null> {
      const outcome = await read(at);
      return outcome.kind === "done" ? (outcome.body as OwnCases) : null;
    },
    report: (body: Report, key: string) => post(at, body, { key }),
    notSolved: (id: string, text: string, key: string) =>
      post(`${at}/${encodeURIComponent(id)}:not-solved`, { text }, { key }),
  };
}

/** Why something was not taken, in words; null: it was. */
export function wrongWords(outcome: Outcome): Key | null {
  if (outcome.kind === "done" || outcome.kind === "accepted") return null;
  if (outcome.kind === "unreachable") return "own.unreachable";
  const code = outcome.kind === "refused" || outcome.kind === "conflict" ? outcome.code : "";
  if (code === "too_many_cases" || code === "too_many_requests") return "own.too_many";
  return code === "link_expired" ? "own.over" : "own.refused";
}

/** How a case stands for its customer. */
export function standsOf({ state, due_at_ms }: OwnCase, now_ms: number): Key {
  if (state !== "open") return `own.${state}`;
  return due_at_ms && due_at_ms < now_ms ? "own.late" : "own.open";
}
