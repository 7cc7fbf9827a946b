import { fetchAs, get, type Outcome, post } from "../http";

/** Who is signed in. `zones` empty: all of them; `user`: whether they have a password. */
export interface Me {
  id: string;
  name: string;
  role: string;
  zones: readonly string[];
  /** What the role may do at all, in the words of the server's access table. */
  actions: readonly string[];
  user: boolean;
  /** Whether signing in takes a code of their app. */
  second_factor: boolean;
  /** The depots that they are limited to; none: they are not. An older server does not say. */
  depots?: readonly string[];
}

/** A short-lived token and whose it is. */
export interface Grant {
  token: string;
  expires_in_s: number;
  me: Me;
}

/** What came of asking for something; `wait_s` says when to ask again. */
export type Asked<T> =
  | { kind: "granted"; grant: T }
  | { kind: "refused"; code: string; detail: string; wait_s: number }
  | { kind: "unreachable" };
export type Reply = Asked<Grant>;

export function sendSignIn(user: string, password: string, new_password: string, code: string): Promise<Reply> {
  return ask("sign-in", { user, password, ...(new_password && { new_password }), ...(code && { code }) });
}

/** What an app that makes codes has to be told. */
export interface AppSecret {
  secret: string;
  uri: string;
}

export function beginSecondFactor(token: string, password: string): Promise<Asked<AppSecret>> {
  return ask("second-factor", { password }, token);
}

export function confirmSecondFactor(token: string, code: string): Promise<Asked<{ recovery_codes: string[] }>> {
  return ask("second-factor/confirm", { code }, token);
}

export function removeSecondFactor(token: string, password: string, code: string): Promise<Asked<object>> {
  return ask("second-factor/remove", { password, code }, token);
}

/** The cookie that comes with the call is what counts. */
export function sendRefresh(): Promise<Reply> {
  return ask("refresh");
}

export function sendPassword(token: string, password: string, new_password: string): Promise<Reply> {
  return ask("password", { password, new_password }, token);
}

export function sendSignOut(everywhere: boolean): Promise<Outcome> {
  return post("/v1/staff/sign-out", { everywhere });
}

async function ask<T>(what: string, body?: object, token?: string): Promise<Asked<T>> {
  try {
    const response = await fetchAs(token, `/v1/staff/${what}`, {
      method: "POST",
      headers: {
        accept: "application/json",
        ...(body && { "content-type": "application/json" }),
      },
      ...(body && { body: JSON.stringify(body) }),
    });
    const answer = (await response.json().catch(() => ({}))) as Partial<T> & { code?: string; detail?: string };
    if (response.ok) return { kind: "granted", grant: answer as T };
    // The server is there and cannot answer now: as good as away.
    if (response.status >= 500) return { kind: "unreachable" };
    const wait_s = Number(response.headers.get("retry-after") ?? 0);
    return { kind: "refused", code: answer.code ?? "", detail: answer.detail ?? String(response.status), wait_s };
  } catch {
    return { kind: "unreachable" };
  }
}

/** Whether anybody can sign in yet; null: nobody knows. */
export async function fetchDoor(): Promise<boolean | null> {
  const door = (await get("/v1/staff/sign-in", "")) as { has_users: boolean } | null;
  return door?.has_users ?? null;
}

export async function fetchMe(token: string): Promise<Me | null> {
  return (await get("/v1/staff/me", token)) as Me | null;
}
