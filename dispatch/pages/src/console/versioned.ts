import { useCallback, useEffect, useState } from "preact/hooks";
import { type Outcome, put, read } from "../shared/http";

/** What one of several people may change: whoever does names the version that they saw. */
export interface Versioned {
  version: number;
}

/** A setting of the zone, and the way to change it. */
export interface Setting<T extends Versioned> {
  /** null while nobody knows, false when it cannot be had. */
  found: T | null | false;
  /** What became of the last change. */
  outcome: Outcome | "sending" | null;
  /** Look at it anew; what was typed is over. */
  look(): void;
  /** Change it, on top of the version that was seen, or of the one that a refusal has named. */
  change(wish: object, on_top?: number): Promise<void>;
}

/** The setting at a path of the API. */
export function useVersioned<T extends Versioned>(token: string, path: string, zone: string): Setting<T> {
  const [found, setFound] = useState<T | null | false>(null);
  const [outcome, setOutcome] = useState<Outcome | "sending" | null>(null);
  const look = useCallback(() => {
    setOutcome(null);
    void read(`${path}?zone=${encodeURIComponent(zone)}`, { token }).then((next) =>
      setFound(next.kind === "done" ? (next.body as T) : false),
    );
  }, [token, path, zone]);
  useEffect(look, [look]);
  const change = async (wish: object, on_top?: number) => {
    if (!found || outcome === "sending") return;
    setOutcome("sending");
    const next = await put(path, { ...wish, zone, expected_version: on_top ?? found.version }, { token });
    setOutcome(next);
    if (next.kind === "done") setFound(next.body as T);
  };
  return { found, outcome, look, change };
}
