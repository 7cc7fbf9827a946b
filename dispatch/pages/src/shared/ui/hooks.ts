import { useEffect, useState } from "preact/hooks";
import type { Readable } from "../store/store";

/**
 * The store's state, at most once in `every_ms`: a busy zone changes many times a second and nobody reads that fast.
 * The first change after a rest is shown at the next frame.
 */
export function useStore<State>(store: Readable<State>, every_ms: number): State {
  const [state, setState] = useState(store.state);
  useEffect(() => {
    let timer: ReturnType<typeof setTimeout> | undefined;
    let shown_ms = 0;
    const show = () => {
      timer = undefined;
      shown_ms = performance.now();
      setState(store.state);
    };
    const unsubscribe = store.subscribe(() => {
      timer ??= setTimeout(show, Math.max(0, every_ms - (performance.now() - shown_ms)));
    });
    show();
    return () => {
      clearTimeout(timer);
      unsubscribe();
    };
  }, [store, every_ms]);
  return state;
}

/** Draws the component again every so often, for words that depend on the time. */
export function useTick(every_ms: number): number {
  const [tick, setTick] = useState(0);
  useEffect(() => {
    const timer = setInterval(() => setTick((n) => n + 1), every_ms);
    return () => clearInterval(timer);
  }, [every_ms]);
  return tick;
}
