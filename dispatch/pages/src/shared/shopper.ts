import { type Answer, call } from "./call";

/** A shopper who has proven their number: for this tab, or on this phone when they wanted to be remembered. */
export interface Session {
  token: string;
  expires_at_s: number;
}

/** An entry of the shopper's address book. */
export interface SavedAddress {
  id: string;
  label: string;
  address: string;
  lat: number;
  lon: number;
  note: string;
}

const KEY = "dispatch.shopper";

function stores(): Storage[] {
  try {
    return [sessionStorage, localStorage];
  } catch {
    // Private windows may refuse storage: the sign-in then lasts as long as the page.
    return [];
  }
}

function read(store: Storage): Session | null {
  try {
    const { token, expires_at_s } = JSON.parse(store.getItem(KEY) ?? "{}") as Partial<Session>;
    const good = typeof token === "string" && typeof expires_at_s === "number" && expires_at_s * 1000 > Date.now();
    return good ? { token, expires_at_s } : null;
  } catch {
    return null;
  }
}

/** Who is signed in here; null for nobody. */
export function current(): Session | null {
  for (const store of stores()) {
    const session = read(store);
    if (session) return session;
  }
  return null;
}

export function keep(session: Session, remember: boolean): void {
  forget();
  const store = stores()[remember ? 1 : 0];
  try {
    store?.setItem(KEY, JSON.stringify(session));
  } catch {
    // As above.
  }
}

/** A newer token in the place of the one that is kept. */
export function renewed(session: Session): void {
  const [, lasting] = stores();
  keep(session, Boolean(lasting && read(lasting)));
}

export function forget(): void {
  for (const store of stores()) store.removeItem(KEY);
}

/** The address book of whoever is signed in. */
export function savedAddresses(token: string): Promise<Answer<{ addresses: readonly SavedAddress[] }>> {
  return call("/v1/my/addresses", { token });
}
