import { fetchAs, get, type Outcome, post, put } from "../shared/http";

export const STAFF_ROLES = ["admin", "dispatcher", "depot", "support", "finance"] as const;
export type StaffRole = (typeof STAFF_ROLES)[number];

/** Who sits at the desk. `zones` empty: all of them; `user`: whether they have a password. */
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

/** The zones that the server runs and the caller may see, by id. */
export async function fetchZones(token: string): Promise<readonly string[]> {
  const found = (await get("/v1/zones", token)) as { zones: readonly { id: string }[] } | null;
  return (found?.zones ?? []).map(({ id }) => id);
}

/** A depot that somebody may be limited to. */
export interface DepotChoice {
  id: string;
  name: string;
  zone: string;
}

export async function fetchDepots(token: string, zone: string): Promise<readonly DepotChoice[]> {
  const found = (await get(`/v1/depots?${new URLSearchParams({ zone })}`, token)) as {
    depots: readonly { id: string; name: string }[];
  } | null;
  return (found?.depots ?? []).map(({ id, name }) => ({ id, name, zone }));
}

// --- for admins ----------------------------------------------------------------------------------------------------

export interface StaffUser {
  id: string;
  name: string;
  role: StaffRole;
  zones: readonly string[];
  active: boolean;
  password: "none" | "one_time" | "own";
  second_factor: boolean;
  changed_at: number;
  depots?: readonly string[];
}

export interface StaffAct {
  number: number;
  at: number;
  actor: string;
  action: string;
  user: string;
  detail: string;
}

const pathOf = (id: string) => `/v1/staff/users/${encodeURIComponent(id)}`;

export async function fetchUsers(token: string): Promise<readonly StaffUser[] | null> {
  return ((await get("/v1/staff/users", token)) as { users: readonly StaffUser[] } | null)?.users ?? null;
}

export async function fetchActs(token: string): Promise<readonly StaffAct[] | null> {
  return ((await get("/v1/staff/acts?limit=20", token)) as { acts: readonly StaffAct[] } | null)?.acts ?? null;
}

export interface UserWish {
  name: string;
  role: StaffRole;
  zones: readonly string[];
  depots: readonly string[];
  new?: boolean;
}

export function sendUser(token: string, id: string, wish: UserWish): Promise<Outcome> {
  return put(pathOf(id), wish, { token });
}

export function sendActive(token: string, id: string, active: boolean): Promise<Outcome> {
  return post(`${pathOf(id)}/${active ? "reactivate" : "deactivate"}`, {}, { token });
}

/** The password alone is enough again. */
export function sendNoSecondFactor(token: string, id: string): Promise<Outcome> {
  return post(`${pathOf(id)}/second-factor/remove`, {}, { token });
}

/** A password for one sign-in, in the body of what is done. */
export function sendOneTime(token: string, id: string): Promise<Outcome> {
  return post(`${pathOf(id)}/password`, {}, { token });
}
