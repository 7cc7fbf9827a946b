import { fetchAs, get } from "../shared/http";

/** Cases of a kind with a cause (empty: not known yet); `escalated` of them had no solution in time. */
export interface CauseRow {
  kind: string;
  cause: string;
  cases: number;
  escalated: number;
}

/** The cases that were opened since a moment of business time, as `GET /v1/cases/causes` has them. */
export interface Causes {
  since_ms: number;
  causes: readonly CauseRow[];
}

/** One bar. `share` is how long it is: 1 for the longest. */
export interface Bar {
  name: string;
  cases: number;
  escalated: number;
  share: number;
}

export const CAUSE_DAYS: readonly number[] = [1, 7, 30, 90, 366];

export async function fetchCauses(token: string, zone: string, days: number): Promise<Causes | null> {
  return (await get(pathOf(zone, days), token)) as Causes | null;
}

/** The same as a table for other programs; null when it cannot be had. */
export async function fetchCausesTable(token: string, zone: string, days: number): Promise<Blob | null> {
  try {
    const response = await fetchAs(token, `${pathOf(zone, days)}&format=csv`, { headers: { accept: "text/csv" } });
    return response.ok ? await response.blob() : null;
  } catch {
    return null;
  }
}

function pathOf(zone: string, days: number): string {
  return `/v1/cases/causes?${new URLSearchParams({ zone, days: String(days) })}`;
}

/** How many cases there are of each, the most frequent first. */
export function barsBy(what: "kind" | "cause", rows: readonly CauseRow[]): Bar[] {
  const sums = new Map<string, { cases: number; escalated: number }>();
  for (const row of rows) {
    const sum = sums.get(row[what]) ?? { cases: 0, escalated: 0 };
    sums.set(row[what], { cases: sum.cases + row.cases, escalated: sum.escalated + row.escalated });
  }
  const longest = Math.max(1, ...[...sums.values()].map(({ cases }) => cases));
  return [...sums]
    .map(([name, sum]) => ({ name, ...sum, share: sum.cases / longest }))
    .sort((a, b) => b.cases - a.cases || a.name.localeCompare(b.name));
}

/** All of them together; `known` have a cause. */
export function totalOf(rows: readonly CauseRow[]): { cases: number; escalated: number; known: number } {
  const sum = (of: (row: CauseRow) => number) => rows.reduce((all, row) => all + of(row), 0);
  return {
    cases: sum(({ cases }) => cases),
    escalated: sum(({ escalated }) => escalated),
    known: sum(({ cause, cases }) => (cause ? cases : 0)),
  };
}
