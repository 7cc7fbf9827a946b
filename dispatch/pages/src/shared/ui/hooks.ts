import { useEffect, useLayoutEffect, useRef, useState } from "preact/hooks";
import type { Readable } from "../store/store";

/** After each showing a rest of so many times as long as it took: the map must not wait for the lists. */
const REST_FOR_WORK = 30;
/** Nobody waits longer for what is new, however slow the machine is. */
const LONGEST_REST_MS = 750;

/**
 * The store's state, at most once in `every_ms`: a busy zone changes many times a second and nobody reads that fast.
 * A large zone on a slow machine is shown less often. The first change after a rest is shown at the next frame.
 */
export function useStore<State>(store: Readable<State>, every_ms: number): State {
  const [state, setState] = useState(store.state);
  const work = useRef({ began_ms: 0, took_ms: 0 });
  useLayoutEffect(() => {
    const { began_ms } = work.current;
    if (began_ms) work.current = { began_ms: 0, took_ms: performance.now() - began_ms };
  });
  useEffect(() => {
    let timer: ReturnType<typeof setTimeout> | undefined;
    let shown_ms = 0;
    const show = () => {
      timer = undefined;
      shown_ms = performance.now();
      work.current.began_ms = shown_ms;
      setState(store.state);
    };
    const unsubscribe = store.subscribe(() => {
      const pause_ms = Math.max(every_ms, Math.min(LONGEST_REST_MS, work.current.took_ms * REST_FOR_WORK));
      timer ??= setTimeout(show, Math.max(0, pause_ms - (performance.now() - shown_ms)));
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

/** Whether the browser says that it has a network. */
export function useOnline(): boolean {
  const [online, setOnline] = useState(navigator.onLine);
  useEffect(() => {
    const look = () => setOnline(navigator.onLine);
    addEventListener("online", look);
    addEventListener("offline", look);
    return () => {
      removeEventListener("online", look);
      removeEventListener("offline", look);
    };
  }, []);
  return online;
}
