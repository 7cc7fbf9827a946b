import { get, type Outcome, post, put } from "../shared/http";

/** Staff, then partners, who have pages of their own. */
export const USER_ROLES = [
  "admin",
  "dispatcher",
  "depot",
  "support",
  "finance",
  "distributor",
  "group_leader",
] as const;
export type UserRole = (typeof USER_ROLES)[number];

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
  role: UserRole;
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
  role: UserRole;
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
