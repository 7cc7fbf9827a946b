import { get, type Outcome, post, remove } from "../shared/http";

/** A key of a program, but for its text. Times are epoch ms; 0: never, not. */
export interface ProgramKey {
  id: string;
  name: string;
  role: KeyRole;
  account: string;
  zones: readonly string[];
  depots: readonly string[];
  made_by: string;
  made_at: number;
  expires_at: number;
  revoked_at: number;
  used_at: number;
}

export const KEY_ROLES = ["integrator", "group_leader", "distributor"] as const;
export type KeyRole = (typeof KEY_ROLES)[number];
/** How long keys are good; 0: until they are revoked. */
export const KEY_DAYS = [0, 30, 90, 365] as const;

export interface KeyWish {
  name: string;
  role: KeyRole;
  account: string;
  zones: readonly string[];
  days: number;
}

/** A new key with its text, which is told once. */
export interface KeyMade {
  key: string;
  made: ProgramKey;
}

export type KeyStanding = "good" | "expired" | "revoked";

export function standingOf(key: ProgramKey, now_ms: number): KeyStanding {
  if (key.revoked_at > 0) return "revoked";
  return key.expires_at > 0 && key.expires_at <= now_ms ? "expired" : "good";
}

/** Those that open something first, the newest of each first. */
export function sortedKeys(keys: readonly ProgramKey[], now_ms: number): ProgramKey[] {
  const isOver = (key: ProgramKey) => Number(standingOf(key, now_ms) !== "good");
  return [...keys].sort((a, b) => isOver(a) - isOver(b) || b.made_at - a.made_at);
}

export async function fetchKeys(token: string): Promise<readonly ProgramKey[] | null> {
  return ((await get("/v1/api-keys", token)) as { keys: readonly ProgramKey[] } | null)?.keys ?? null;
}

export function makeKey(token: string, wish: KeyWish): Promise<Outcome> {
  return post("/v1/api-keys", wish, { token });
}

export function revokeKey(token: string, id: string): Promise<Outcome> {
  return remove(`/v1/api-keys/${encodeURIComponent(id)}`, { token });
}
