import type { Day } from "./view";

/** What the sign-in answers. */
export interface SignedIn {
  token: string;
  courier_id: string;
  name: string;
  zone: string;
  expires_at_s: number;
}

/** Why the server did not do it; "offline" when it could not be asked. */
export interface Refusal {
  code: string;
  detail: string;
  /** How long to wait before the next try, seconds; 0 when nothing was said. */
  retry_after_s: number;
}

export type Answer<T> = { ok: true; value: T } | { ok: false; refusal: Refusal };

const OFFLINE: Refusal = { code: "offline", detail: "", retry_after_s: 0 };

/** Ask for a one-time code. The answer is the same whether the number is known or not. */
export function askCode(phone: string): Promise<Answer<unknown>> {
  return call("/v1/sign-in/codes", { body: { phone } });
}

export function signIn(phone: string, code: string): Promise<Answer<SignedIn>> {
  return call("/v1/sign-in", { body: { phone, code } });
}

/** Name, vehicle and zone, as the server has them. */
export function readCourier(
  token: string,
  id: string,
): Promise<Answer<{ name: string; profile: string; zone: string }>> {
  return call(`/v1/couriers/${encodeURIComponent(id)}`, { token });
}

/** What was done since `from_ms` (business time). */
export function readDay(token: string, id: string, from_ms: number): Promise<Answer<Day>> {
  return call(`/v1/couriers/${encodeURIComponent(id)}/day?from_ms=${from_ms}`, { token });
}

async function call<T>(path: string, given: { body?: unknown; token?: string }): Promise<Answer<T>> {
  const { body, token } = given;
  try {
    const response = await fetch(path, {
      method: body === undefined ? "GET" : "POST",
      headers: {
        accept: "application/json",
        ...(body !== undefined && { "content-type": "application/json" }),
        ...(token && { authorization: `Bearer ${token}` }),
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
  const problem = (await response.json().catch(() => ({}))) as { code?: string; detail?: string; title?: string };
  return {
    code: problem.code ?? String(response.status),
    detail: problem.detail ?? problem.title ?? "",
    retry_after_s: Number(response.headers.get("retry-after")) || 0,
  };
}
