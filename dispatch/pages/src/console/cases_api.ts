import { type Outcome, post } from "../shared/http";

/** What can be done about a case, by whoever holds the token. */
export interface CaseDesk {
  /** Give it to somebody: to nobody (empty), or (left out) to whoever asks. */
  assign(assignee?: string): Promise<Outcome>;
  /** Tell the customer a solution, and what the shop pays, in the smallest unit of money. */
  solve(solution: string, compensation_minor: number): Promise<Outcome>;
  /** Have it come back at a moment of business time; 0: not any more. */
  followUp(at_ms: number, note: string): Promise<Outcome>;
  /** Close it, with what was at its root where that is known. */
  resolve(resolution: string, cause: string): Promise<Outcome>;
}

export function caseDesk(token: string, zone: string, case_id: string): CaseDesk {
  const at = `/v1/cases/${encodeURIComponent(case_id)}`;
  const to = (what: string, body: unknown) => post(`${at}${what}?${new URLSearchParams({ zone })}`, body, { token });
  return {
    assign: (assignee) => to(":assign", assignee === undefined ? {} : { assignee }),
    solve: (solution, compensation_minor) => to(":solve", { solution, compensation_minor }),
    followUp: (at_ms, note) => to(":follow-up", { at_ms, note }),
    resolve: (resolution, cause) => to("/resolve", { resolution, ...(cause && { cause }) }),
  };
}

/** Note what an order's customer says. The same `key` again is the same case. */
export function sendCase(
  token: string,
  body: { order_id: string; kind: string; text: string; wanted_minor: number },
  key: string,
): Promise<Outcome> {
  return post("/v1/cases", body, { token, key });
}
