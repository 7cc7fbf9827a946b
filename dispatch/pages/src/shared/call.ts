import { fetchAs } from "./http";

/** What is wrong with one field: a JSON pointer into the body, and a stable code. */
export interface FieldProblem {
  pointer?: string;
  code?: string;
  detail: string;
}

/** Why the server did not do it; "offline" when it could not be asked. */
export interface Refusal {
  code: string;
  detail: string;
  errors?: readonly FieldProblem[];
  /** How long to wait before the next try, seconds; 0 when nothing was said. */
  retry_after_s: number;
}

export type Answer<T> = { ok: true; value: T } | { ok: false; refusal: Refusal };

const OFFLINE: Refusal = { code: "offline", detail: "", retry_after_s: 0 };

interface Given {
  method?: "GET" | "POST" | "PUT" | "DELETE";
  body?: unknown;
  token?: string;
  /** The same key again takes effect once. */
  key?: string;
}

/** Ask the server: what it answers, or why not. A body is POSTed unless a method is given. */
export async function call<T>(path: string, { method, body, token, key }: Given = {}): Promise<Answer<T>> {
  try {
    const response = await fetchAs(token, path, {
      method: method ?? (body === undefined ? "GET" : "POST"),
      headers: {
        accept: "application/json",
        ...(body !== undefined && { "content-type": "application/json" }),
        ...(key && { "idempotency-key": key }),
      },
      ...(body !== undefined && { body: JSON.stringify(body) }),
    });
    if (response.ok) return { ok: true, value: (await response.json().catch(() => ({}))) as T };
    return { ok: false, refusal: await refusalOf(response) };
  } catch {
    return { ok: false, refusal: OFFLINE };
  }
}

async function refusalOf(response: Response): Promise<Refusal> {
  const problem = (await response.json().catch(() => ({}))) as Partial<Refusal> & { title?: string };
  return {
    ...(problem.errors && { errors: problem.errors }),
    code: problem.code ?? String(response.status),
    detail: problem.detail ?? problem.title ?? "",
    retry_after_s: Number(response.headers.get("retry-after")) || 0,
  };
}
