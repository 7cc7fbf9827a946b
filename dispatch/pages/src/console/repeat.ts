const EVERY_MS = 5_000;
/** What took long to come is asked for less often: so many times as long. */
const REST_FOR_WORK = 10;

/** Do something now and every few seconds while the page can be seen, and at once when it can be seen again. */
export function repeat(look: (isWanted: () => boolean) => Promise<void>, first_ms: number): () => void {
  let stopped = false;
  let looking = false;
  let timer: ReturnType<typeof setTimeout> | undefined;
  const go = async () => {
    clearTimeout(timer);
    if (stopped || looking || document.visibilityState === "hidden") return;
    looking = true;
    const began_ms = performance.now();
    await look(() => !stopped);
    looking = false;
    const took_ms = performance.now() - began_ms;
    if (!stopped) timer = setTimeout(go, Math.max(EVERY_MS, took_ms * REST_FOR_WORK));
  };
  timer = setTimeout(go, first_ms);
  const seen = () => void go();
  document.addEventListener("visibilitychange", seen);
  return () => {
    stopped = true;
    clearTimeout(timer);
    document.removeEventListener("visibilitychange", seen);
  };
}
