import { get, type Outcome, post, remove } from "../shared/http";
import type { Incident, ReportBody } from "./traffic";

/** What is on the streets, the newest first; null when it cannot be had. */
export async function fetchIncidents(token: string, zone: string): Promise<readonly Incident[] | null> {
  const found = (await get(`/v1/traffic?${new URLSearchParams({ zone })}`, token)) as {
    incidents: readonly Incident[];
  } | null;
  return found?.incidents ?? null;
}

/** Report an incident. The same `key` again is the same report. */
export function sendReport(token: string, report: ReportBody, key: string): Promise<Outcome> {
  return post("/v1/traffic", report, { token, key });
}

export function sendEnd(token: string, zone: string, id: string): Promise<Outcome> {
  return remove(`/v1/traffic/${encodeURIComponent(id)}?${new URLSearchParams({ zone })}`, { token });
}
