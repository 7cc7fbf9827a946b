/** Who is signed in on this phone. The token itself is the phone's business (`phone.ts`). */
export interface Account {
  courier_id: string;
  name: string;
  zone: string;
  /** The courier's vehicle, once the server has told it. */
  profile: string;
}

/** Everything of the courier in `localStorage` begins with this, so that signing out finds all of it. */
export const STORED_PREFIX = "dispatch.courier.";
const KEPT = `${STORED_PREFIX}account`;

/**
 * The token of a link like `/courier#token=...`, which no server ever sees. The fragment is taken out of the address at
 * once, so that it is not shared or kept in the history by accident.
 */
export function tokenFromAddress(): string | null {
  const token = new URLSearchParams(location.hash.slice(1)).get("token");
  if (token) history.replaceState(null, "", location.pathname);
  return token;
}

export function keptAccount(): Account | null {
  try {
    const found = JSON.parse(localStorage.getItem(KEPT) ?? "null") as Account | null;
    return found?.courier_id ? found : null;
  } catch {
    return null;
  }
}

export function keepAccount(account: Account): void {
  try {
    localStorage.setItem(KEPT, JSON.stringify(account));
  } catch {
    // Without storage the courier signs in again after the next start.
  }
}

/** Nothing of the courier stays in `localStorage`, nor in caches of data (the app's own files are nobody's). */
export async function forgetAccount(): Promise<void> {
  try {
    const ours = Object.keys(localStorage).filter((key) => key.startsWith(STORED_PREFIX));
    for (const key of ours) localStorage.removeItem(key);
    sessionStorage.clear();
  } catch {
    // Nothing was kept.
  }
  if (!("caches" in globalThis)) return;
  const names = await caches.keys().catch(() => []);
  await Promise.all(names.filter((name) => !name.startsWith("courier-shell-")).map((name) => caches.delete(name)));
}
