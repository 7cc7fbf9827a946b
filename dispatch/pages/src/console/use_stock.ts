import { useEffect, useMemo, useRef, useState } from "preact/hooks";
import type { Outcome } from "../shared/http";
import { repeat } from "./repeat";
import { NO_FILTER, named, type Shelf, type StockFilter, steady, withShelves } from "./stock";
import { type FoundShelves, fetchShelves } from "./stock_api";

const TYPING_MS = 250;
const STEP = 100;

interface Known extends FoundShelves {
  /** When they came (`performance.now()`). */
  at_ms: number;
}

export interface Stock {
  /** null: not known yet. */
  shelves: readonly Shelf[] | null;
  more: boolean;
  /** Whether what is shown is not yet what was asked for. */
  loading: boolean;
  /** Why the last figures could not be had. */
  trouble: Outcome | null;
  /** When the figures came (`performance.now()`). */
  at_ms: number;
  filter: StockFilter;
  setFilter(next: StockFilter): void;
  showMore(): void;
  lookAgain(): void;
  /** The figures that the answer to an action brought. */
  take(shelves: readonly Shelf[]): void;
  /** The pointer rests on the table, or has left it. */
  hold(held: boolean): void;
}

/** The shelves that fit a filter, asked for again and again while somebody can see them. */
export function useStock(token: string, zone: string): Stock {
  const [filter, setFilter] = useState(NO_FILTER);
  const [wanted, want] = useState(STEP);
  const [asked, ask] = useState(0);
  const [known, setKnown] = useState<Known | null>(null);
  const [loading, setLoading] = useState(true);
  const [trouble, setTrouble] = useState<Outcome | null>(null);
  const held = useRef(false);
  const latest = useRef<Known | null>(null);
  const fits = (shelves: readonly Shelf[]) => fitting(shelves, filter);
  useEffect(() => {
    setLoading(true);
    let first = true;
    const look = async (isWanted: () => boolean) => {
      const found = await fetchShelves(token, zone, filter, fits, wanted);
      if (!isWanted()) return;
      setLoading(false);
      if ("kind" in found) return setTrouble(found);
      setTrouble(null);
      const next = { ...found, at_ms: performance.now() };
      latest.current = next;
      const isHeld = held.current && !first;
      first = false;
      setKnown((old) => ({ ...next, shelves: steady(old?.shelves ?? [], next.shelves, isHeld) }));
    };
    // A letter that another one follows at once is not searched for.
    return repeat(look, filter.text ? TYPING_MS : 0);
  }, [token, zone, filter, wanted, asked]);
  const shelves = useMemo(() => known && fits(known.shelves), [known, filter]);
  return {
    shelves,
    more: known?.more ?? false,
    loading,
    trouble,
    at_ms: known?.at_ms ?? 0,
    filter,
    setFilter(next) {
      want(STEP);
      setFilter(next);
    },
    showMore: () => want(Math.max(wanted, known?.shelves.length ?? 0) + STEP),
    lookAgain: () => ask((n) => n + 1),
    take(moved) {
      const taken = (old: Known | null) => old && { ...old, shelves: withShelves(old.shelves, moved) };
      latest.current = taken(latest.current);
      setKnown(taken);
      ask((n) => n + 1);
    },
    hold(next) {
      held.current = next;
      if (!next && latest.current) setKnown(latest.current);
    },
  };
}

/** What is known already is filtered at once; the server's answer adds what was not. */
function fitting(shelves: readonly Shelf[], { depot_id, text, low }: StockFilter): Shelf[] {
  const there = shelves.filter((shelf) => (!depot_id || shelf.depot_id === depot_id) && (!low || shelf.is_low));
  return named(there, text, ({ sku }) => sku);
}
