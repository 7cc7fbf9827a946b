/** What came of asking the server to change something. */
export type Outcome =
  | { kind: "done"; body?: unknown }
  /** It is safe with the server, and its effect comes in a moment. */
  | { kind: "accepted" }
  /** What the change touches is not as it was; the change may be sent again on top of it. */
  | { kind: "conflict"; current_version: number; detail?: string; code?: string }
  /** The change breaks rules, which are named; it may be sent again with `force`. */
  | { kind: "infeasible"; violations: readonly string[] }
  /** `code` is stable, for words of our own. */
  | { kind: "refused"; detail: string; code?: string }
  | { kind: "forbidden" }
  | { kind: "unreachable" };

/** Who asks: staff by their token, or a shopper, whose link is in the path. `key` makes a repeat take effect once. */
export interface Asking {
  token?: string;
  key?: string;
}

/** Where the successors of a short-lived token come from; a page that signs people in has one. */
export interface Renewal {
  /** What is good now in the place of a token that somebody holds. */
  newest(token: string): string;
  /** Get a new one, for `stale` was refused; false when there is none to be had. */
  renew(stale: string): Promise<boolean>;
}

let renewal: Renewal | null = null;

export function renewBy(next: Renewal | null): void {
  renewal = next;
}

/** `fetch` by whoever holds the token: with its newest successor, and once more when that was just refused. */
export async function fetchAs(token: string | undefined, path: string, init: RequestInit = {}): Promise<Response> {
  const shown = token && (renewal?.newest(token) ?? token);
  const response = await fetch(path, bearing(init, shown));
  if (response.status !== 401 || !token || !shown || !(await renewal?.renew(shown))) return response;
  return fetch(path, bearing(init, renewal?.newest(token)));
}

function bearing(init: RequestInit, token: string | undefined): RequestInit {
  return token ? { ...init, headers: { ...init.headers, authorization: `Bearer ${token}` } } : init;
}

interface Problem {
  code?: string;
  errors?: readonly { detail: string }[];
  detail?: string;
  title?: string;
  current_version?: number;
}

export function post(path: string, body: unknown, asking: Asking = {}): Promise<Outcome> {
  return change("POST", path, body, asking);
}

/** What the server has at a path, or why it cannot be had. */
export function read(path: string, asking: Asking = {}): Promise<Outcome> {
  return change("GET", path, undefined, asking);
}

/** Make what is at a path be this. */
export function put(path: string, body: unknown, asking: Asking = {}): Promise<Outcome> {
  return change("PUT", path, body, asking);
}

/** Put an end to what is at a path. */
export function remove(path: string, asking: Asking = {}): Promise<Outcome> {
  return change("DELETE", path, undefined, asking);
}

async function change(method: string, path: string, body: unknown, { token, key }: Asking): Promise<Outcome> {
  try {
    const response = await fetchAs(token, path, {
      method,
      headers: {
        ...(body !== undefined && { "content-type": "application/json" }),
        accept: "application/json",
        ...(key && { "idempotency-key": key }),
      },
      ...(body !== undefined && { body: JSON.stringify(body) }),
    });
    if (response.status === 202) return { kind: "accepted" };
    if (response.ok) return { kind: "done", body: await response.json().catch(() => undefined) };
    return refusal(response.status, (await response.json().catch(() => ({}))) as Problem);
  } catch {
    return { kind: "unreachable" };
  }
}

/** What the server has at a path; null when it cannot be had. */
export async function get(path: string, token: string): Promise<unknown> {
  try {
    const response = await fetchAs(token, path, { headers: { accept: "application/json" } });
    return response.ok ? await response.json() : null;
  } catch {
    return null;
  }
}

/** 128 random bits. `crypto.randomUUID` is missing where a phone opens the page without https. */
export function newKey(): string {
  return [...crypto.getRandomValues(new Uint8Array(16))].map((byte) => byte.toString(16).padStart(2, "0")).join("");
}

function refusal(status: number, problem: Problem): Outcome {
  if (problem.code === "infeasible") {
    return { kind: "infeasible", violations: (problem.errors ?? []).map((error) => error.detail) };
  }
  if (status === 401 || status === 403) return { kind: "forbidden" };
  const detail = problem.detail ?? problem.title ?? String(status);
  const words = { detail, ...(problem.code && { code: problem.code }) };
  if (status === 409 && problem.current_version !== undefined) {
    return { kind: "conflict", current_version: problem.current_version, ...words };
  }
  return { kind: "refused", ...words };
}
