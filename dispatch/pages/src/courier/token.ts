/** A courier's signed token, and when it came to this phone (wall clock). */
export interface KeptToken {
  token: string;
  got_wall_ms: number;
}

const HOUR_MS = 3_600_000;
/** After an answer, and after a failure, the server is not asked again so soon. */
const ASK_AGAIN_MS = 60_000;

/** Whom a token names and when it ends (epoch ms); the signature is the server's to check. Null: no token. */
export function readToken(token: string): { subject: string; expires_at_ms: number } | null {
  try {
    const payload = (token.split(".")[1] ?? "").replaceAll("-", "+").replaceAll("_", "/");
    const bytes = Uint8Array.from(atob(payload), (letter) => letter.charCodeAt(0));
    const { sub, exp } = JSON.parse(new TextDecoder().decode(bytes)) as { sub?: unknown; exp?: unknown };
    return typeof sub === "string" && typeof exp === "number" ? { subject: sub, expires_at_ms: exp * 1000 } : null;
  } catch {
    return null;
  }
}

/**
 * Whether it is time for a newer token: less than a third of its life is left, or less than an hour. (Of a life shorter
 * than two hours the hour would be most of it, or more: then half counts.)
 */
export function isRefreshDue({ token, got_wall_ms }: KeptToken, wall_ms: number): boolean {
  const claims = readToken(token);
  if (!claims) return false;
  const life_ms = claims.expires_at_ms - got_wall_ms;
  return claims.expires_at_ms - wall_ms < Math.max(life_ms / 3, Math.min(HOUR_MS, life_ms / 2));
}

export interface TokenKeeperParts {
  kept: KeptToken;
  fetch: typeof fetch;
  wall: () => number;
  /** A newer token has come. */
  onToken(kept: KeptToken): void;
}

/** Gets a newer token in time. `check` is cheap: call it whenever the server was heard. */
export class TokenKeeper {
  private asked_wall_ms = Number.NEGATIVE_INFINITY;
  private kept: KeptToken;

  constructor(private readonly parts: TokenKeeperParts) {
    this.kept = parts.kept;
  }

  get token(): string {
    return this.kept.token;
  }

  async check(): Promise<void> {
    const { wall, fetch, onToken } = this.parts;
    if (!isRefreshDue(this.kept, wall()) || wall() - this.asked_wall_ms < ASK_AGAIN_MS) return;
    this.asked_wall_ms = wall();
    const token = await askForToken(fetch, this.token);
    if (token === null) return;
    this.kept = { token, got_wall_ms: wall() };
    onToken(this.kept);
  }
}

/** The newer token; null if there is none now: the old one is used until the server ends the session. */
async function askForToken(ask: typeof fetch, token: string): Promise<string | null> {
  try {
    const headers = { Authorization: `Bearer ${token}` };
    const response = await ask("/v1/tokens/refresh", { method: "POST", headers });
    const body = response.ok ? ((await response.json()) as { token?: unknown }) : {};
    return typeof body.token === "string" && readToken(body.token) ? body.token : null;
  } catch {
    return null;
  }
}
