/** What came of a change that staff asked for. */
export type Outcome =
  | { kind: "done" }
  | { kind: "accepted" }
  /** What the change touches is not as it was; the change may be sent again on top of it. */
  | { kind: "conflict"; current_version: number }
  /** The change breaks rules, which are named; it may be sent again with `force`. */
  | { kind: "infeasible"; violations: readonly string[] }
  | { kind: "refused"; detail: string }
  | { kind: "forbidden" }
  | { kind: "unreachable" };

export interface Override {
  action: "assign" | "unassign";
  order_id: string;
  courier_id?: string;
  /** The plan that the person saw: refused when what the change touches is not as it was then, and only then. */
  expected_version: number;
  force?: boolean;
  zone: string;
  reason: string;
}

interface Problem {
  code?: string;
  errors?: readonly { detail: string }[];
  detail?: string;
  title?: string;
  current_version?: number;
}

export function sendOverride(token: string, override: Override): Promise<Outcome> {
  return post(token, "/v1/overrides", override);
}

export function sendCancel(token: string, order_id: string, reason: string): Promise<Outcome> {
  return post(token, `/v1/orders/${encodeURIComponent(order_id)}/cancel`, { reason });
}

async function post(token: string, path: string, body: unknown): Promise<Outcome> {
  try {
    const response = await fetch(path, {
      method: "POST",
      headers: { authorization: `Bearer ${token}`, "content-type": "application/json", accept: "application/json" },
      body: JSON.stringify(body),
    });
    if (response.status === 202) return { kind: "accepted" };
    if (response.ok) return { kind: "done" };
    return refusal(response.status, (await response.json().catch(() => ({}))) as Problem);
  } catch {
    return { kind: "unreachable" };
  }
}

function refusal(status: number, problem: Problem): Outcome {
  if (problem.code === "infeasible") {
    return { kind: "infeasible", violations: (problem.errors ?? []).map((error) => error.detail) };
  }
  if (status === 409 && problem.current_version !== undefined) {
    return { kind: "conflict", current_version: problem.current_version };
  }
  if (status === 401 || status === 403) return { kind: "forbidden" };
  return { kind: "refused", detail: problem.detail ?? problem.title ?? String(status) };
}
