import { useEffect, useState } from "preact/hooks";
import type { Outcome } from "../shared/http";
import { repeat } from "./repeat";
import type { Picking, Waves } from "./waves";
import { fetchPicking, fetchWaves } from "./waves_api";

export interface WavesKnown {
  /** null: not known yet. */
  found: Waves | null;
  picking: Picking | null;
  /** Why the last ones could not be had. */
  trouble: Outcome | null;
  /** When they came (`performance.now()`). */
  at_ms: number;
  lookAgain(): void;
}

/** The waves of a depot, asked for again and again while somebody can see them. */
export function useWaves(token: string, zone: string, depot: string): WavesKnown {
  const [known, setKnown] = useState<{ found: Waves; at_ms: number } | null>(null);
  const [picking, setPicking] = useState<Picking | null>(null);
  const [trouble, setTrouble] = useState<Outcome | null>(null);
  const [asked, ask] = useState(0);
  useEffect(() => {
    if (!zone || !depot) return;
    return repeat(async (isWanted) => {
      const [found, went] = await Promise.all([fetchWaves(token, zone, depot), fetchPicking(token, zone, depot)]);
      if (!isWanted()) return;
      if (went) setPicking(went);
      if ("kind" in found) return setTrouble(found);
      setTrouble(null);
      setKnown({ found, at_ms: performance.now() });
    }, 0);
  }, [token, zone, depot, asked]);
  const mine = known?.found.depot_id === depot ? known : null;
  return {
    found: mine?.found ?? null,
    picking: mine && picking,
    trouble,
    at_ms: mine?.at_ms ?? 0,
    lookAgain: () => ask((n) => n + 1),
  };
}
