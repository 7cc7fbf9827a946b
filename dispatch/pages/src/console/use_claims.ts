import { useEffect, useMemo, useState } from "preact/hooks";
import type { Outcome } from "../shared/http";
import { type Claim, type ClaimFilter, claimsNamed, OPEN_CLAIMS } from "./claims";
import { type FoundClaims, fetchClaims } from "./claims_api";
import { repeat } from "./repeat";

const TYPING_MS = 250;
const STEP = 100;

export interface Claims {
  /** null: not known yet. */
  claims: readonly Claim[] | null;
  more: boolean;
  /** Whether what is shown is not yet what was asked for. */
  loading: boolean;
  /** Why the last ones could not be had. */
  trouble: Outcome | null;
  /** When they came (`performance.now()`). */
  at_ms: number;
  filter: ClaimFilter;
  setFilter(next: ClaimFilter): void;
  showMore(): void;
  lookAgain(): void;
  /** The claim that the answer to an action brought. */
  take(claim: Claim): void;
}

/** The claims that fit a filter, asked for again and again while somebody can see them. */
export function useClaims(token: string, zone: string): Claims {
  const [filter, setFilter] = useState(OPEN_CLAIMS);
  const [wanted, want] = useState(STEP);
  const [asked, ask] = useState(0);
  const [known, setKnown] = useState<(FoundClaims & { at_ms: number }) | null>(null);
  const [loading, setLoading] = useState(true);
  const [trouble, setTrouble] = useState<Outcome | null>(null);
  const fits = (claims: readonly Claim[]) => claimsNamed(claims, filter.text);
  useEffect(() => {
    setLoading(true);
    const look = async (isWanted: () => boolean) => {
      const found = await fetchClaims(token, zone, filter, fits, wanted);
      if (!isWanted()) return;
      setLoading(false);
      if ("kind" in found) return setTrouble(found);
      setTrouble(null);
      setKnown({ ...found, at_ms: performance.now() });
    };
    // A letter that another one follows at once is not searched for.
    return repeat(look, filter.text ? TYPING_MS : 0);
  }, [token, zone, filter, wanted, asked]);
  const claims = useMemo(() => known && fits(known.claims), [known, filter]);
  return {
    claims,
    more: known?.more ?? false,
    loading,
    trouble,
    at_ms: known?.at_ms ?? 0,
    filter,
    setFilter(next) {
      want(STEP);
      // What was asked for another status is not what is shown under this one.
      if (next.status !== filter.status) setKnown(null);
      setFilter(next);
    },
    showMore: () => want(Math.max(wanted, known?.claims.length ?? 0) + STEP),
    lookAgain: () => ask((n) => n + 1),
    take(claim) {
      setKnown((old) => old && { ...old, claims: old.claims.map((each) => (each.id === claim.id ? claim : each)) });
      ask((n) => n + 1);
    },
  };
}
