const BASE_MS = 500;
const CAP_MS = 20_000;

/**
 * How long to wait before try number `attempt` (0 is the first): full jitter, so that the watchers of a restarted
 * server come back spread out (M. Brooker, "Exponential Backoff And Jitter", 2015). `random` is uniform in [0, 1).
 */
export function backoff_ms(attempt: number, random: () => number): number {
  return random() * Math.min(CAP_MS, BASE_MS * 2 ** Math.min(attempt, 10));
}
