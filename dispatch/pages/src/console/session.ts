/** Who sits at the desk: a signed staff token and the zone that is watched. */
export interface Session {
  token: string;
  zone: string;
}

const KEPT = "dispatch.staff";
const DEFAULT_ZONE = "default";

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

export function keep(session: Session): void {
  try {
    sessionStorage.setItem(KEPT, JSON.stringify(session));
  } catch {
    // Without storage the session lasts until the page is loaded again.
  }
}

export function forget(): void {
  try {
    sessionStorage.removeItem(KEPT);
  } catch {
    // Nothing was kept.
  }
}

function kept(): Session | null {
  try {
    const found = JSON.parse(sessionStorage.getItem(KEPT) ?? "null") as Partial<Session> | null;
    return found?.token && found.zone ? { token: found.token, zone: found.zone } : null;
  } catch {
    return null;
  }
}
