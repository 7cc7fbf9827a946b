import { useEffect, useState } from "preact/hooks";
import type { Outcome } from "../shared/http";
import { repeat } from "./repeat";

export interface Watched<T> {
  /** null: not known yet. */
  found: T | null;
  trouble: Outcome | null;
  /** When it came (`performance.now()`). */
  at_ms: number;
}

/** What `ask` gives, again and again while somebody can see it; anew when `key` changes. Empty key: not at all. */
export function useWatched<T extends object>(key: string, ask: () => Promise<T | Outcome>): Watched<T> {
  const [known, setKnown] = useState<{ key: string; found: T; at_ms: number } | null>(null);
  const [trouble, setTrouble] = useState<Outcome | null>(null);
  useEffect(() => {
    if (!key) return;
    return repeat(async (isWanted) => {
      const found = await ask();
      if (!isWanted()) return;
      if ("kind" in found) return setTrouble(found as Outcome);
      setTrouble(null);
      setKnown({ key, found, at_ms: performance.now() });
    }, 0);
  }, [key]);
  const mine = known?.key === key ? known : null;
  return { found: mine?.found ?? null, trouble, at_ms: mine?.at_ms ?? 0 };
}
