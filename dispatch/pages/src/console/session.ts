import type { Grant } from "../shared/sign_in/api";
import { forgetSignIn, keepSignIn } from "../shared/sign_in/kept";

/** Who sits at the desk: a token, the zone that is watched, and whose sign-in it is, if it is not a token alone. */
export interface Session {
  token: string;
  zone: string;
  grant?: Grant;
}

const KEPT = "dispatch.staff";
export const DEFAULT_ZONE = "default";

/**
 * The session from the link's fragment (`#token=...&zone=...`), which no server ever sees, or from this tab's store.
 * The fragment is taken out of the address at once, so that it is not shared or kept in the history by accident.
 */
export function openSession(): Session | null {
  const given = new URLSearchParams(location.hash.slice(1));
  const token = given.get("token");
  if (!token) return kept();
  const session = { token, zone: given.get("zone") || DEFAULT_ZONE };
  keep(session);
  // A moment that was shared stays; see `readMoment`
  const at = given.get("at");
  history.replaceState(null, "", at ? `${location.pathname}#at=${at}` : location.pathname);
  return session;
}

/** A pasted token or console link as a session; null when there is nothing in it. */
export function pasted(text: string, zone: string): Session | null {
  const given = new URLSearchParams(text.includes("#") ? text.slice(text.indexOf("#") + 1) : "");
  const token = given.get("token") ?? text.trim();
  return token ? { token, zone: given.get("zone") ?? (zone.trim() || DEFAULT_ZONE) } : null;
}

export function keep({ token, zone, grant }: Session): void {
  try {
    if (grant) keepSignIn(zone);
    else sessionStorage.setItem(KEPT, JSON.stringify({ token, zone }));
  } catch {
    // Without storage the session lasts until the page is loaded again.
  }
}

/** The tab's token, or that the browser is signed in. */
export function forget(): void {
  try {
    if (sessionStorage.getItem(KEPT)) sessionStorage.removeItem(KEPT);
    else forgetSignIn();
  } catch {
    // Nothing was kept.
  }
}

/** The zone to watch, of those that somebody may see; null: they have to say. */
export function zoneOf(zones: readonly string[], last: string | null): string | null {
  if (last && zones.includes(last)) return last;
  return zones.length > 1 ? null : (zones[0] ?? DEFAULT_ZONE);
}

function kept(): Session | null {
  try {
    const found = JSON.parse(sessionStorage.getItem(KEPT) ?? "null") as Partial<Session> | null;
    return found?.token && found.zone ? { token: found.token, zone: found.zone } : null;
  } catch {
    return null;
  }
}
