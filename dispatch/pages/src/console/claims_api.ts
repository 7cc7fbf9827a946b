import type { Claimable } from "../shared/claimable";
import { get, type Outcome, post, read } from "../shared/http";
import type { Claim, ClaimAct, ClaimFilter } from "./claims";

const PAGE = 100;
/** The most that the server gives at once: for a search, which the page does by itself. */
const WHOLE_PAGE = 200;

export interface FoundClaims {
  claims: readonly Claim[];
  /** Whether there are more behind them. */
  more: boolean;
}

/** So many claims as are wanted that fit, the newest first; else why they cannot be had. */
export async function fetchClaims(
  token: string,
  zone: string,
  filter: ClaimFilter,
  fits: (claims: readonly Claim[]) => readonly Claim[],
  wanted: number,
): Promise<FoundClaims | Outcome> {
  const limit = String(filter.text.trim() || wanted > PAGE ? WHOLE_PAGE : PAGE);
  let claims: readonly Claim[] = [];
  let before = "";
  do {
    const query = new URLSearchParams({ zone, limit, ...(before && { before }) });
    if (filter.status !== "all") query.set("status", filter.status);
    const outcome = await read(`/v1/after-sales?${query}`, { token });
    if (outcome.kind !== "done") return outcome;
    const page = outcome.body as { claims: readonly Claim[]; before?: string };
    claims = [...claims, ...fits(page.claims)];
    before = page.before ?? "";
  } while (before && claims.length < wanted);
  return { claims, more: before !== "" };
}

const pathOf = (id: string) => `/v1/after-sales/${encodeURIComponent(id)}`;

/** One claim; null: there is none, or nobody knows. */
export async function fetchClaim(token: string, id: string): Promise<Claim | null> {
  return (await get(pathOf(id), token)) as Claim | null;
}

/** What was asked for of an order, the newest first; nothing where that cannot be had. */
export async function fetchClaimsOf(token: string, zone: string, order_id: string): Promise<readonly Claim[]> {
  const query = new URLSearchParams({ zone, order_id });
  const page = (await get(`/v1/after-sales?${query}`, token)) as { claims: readonly Claim[] } | null;
  return page?.claims ?? [];
}

/** What can be asked for of a delivered order; null where that cannot be had. */
export async function fetchClaimable(token: string, order_id: string): Promise<Claimable | null> {
  return (await get(`/v1/orders/${encodeURIComponent(order_id)}/claimable`, token)) as Claimable | null;
}

/** What a customer asks for, who has called. The same `key` again takes effect once. */
export function sendClaimFor(token: string, wish: object, key: string): Promise<Outcome> {
  return post("/v1/after-sales", wish, { token, key });
}

/** What somebody decides about a claim. The same `key` again takes effect once. */
export function sendDecision(token: string, id: string, act: ClaimAct, body: object, key: string): Promise<Outcome> {
  return post(`${pathOf(id)}:${act}`, body, { token, key });
}
