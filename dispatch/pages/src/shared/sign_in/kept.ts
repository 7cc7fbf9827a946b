/** That somebody signed in in this browser, and the zone they chose; the sign-in itself is a cookie that no page reads. */
const SIGNED_IN = "dispatch.staff.zone";

export function keepSignIn(zone: string): void {
  try {
    localStorage.setItem(SIGNED_IN, zone);
  } catch {
    // Without storage the sign-in lasts until the page is loaded again.
  }
}

export function forgetSignIn(): void {
  try {
    localStorage.removeItem(SIGNED_IN);
  } catch {
    // Nothing was kept.
  }
}

/** The zone of whoever is signed in in this browser; null: nobody is, as far as is known. */
export function keptZone(): string | null {
  try {
    return localStorage.getItem(SIGNED_IN);
  } catch {
    return null;
  }
}
