/** Of the time, changes of the map's data may take one part in so many; the rest is for motion and for hands. */
const REST_FOR_WORK = 8;
const LONGEST_REST_MS = 6_000;

/**
 * Whether the map's data may change again. Marks and routes are cut into tiles, placed and painted as a whole: some ten
 * milliseconds with a graphics card, most of a second without one. What one change took is measured, from the change
 * until the page had its next frame after it; the next one waits for its end, and as many times longer.
 */
export class Rest {
  private began_ms: number | null = null;
  private until_ms = 0;

  /** The data have changed. */
  begin(now_ms: number): void {
    this.began_ms = now_ms;
    this.until_ms = now_ms + LONGEST_REST_MS;
  }

  /** The page has had a frame after everything was painted. */
  end(now_ms: number): void {
    if (this.began_ms === null) return;
    const took_ms = now_ms - this.began_ms;
    this.began_ms = null;
    this.until_ms = Math.min(this.until_ms, now_ms + took_ms * REST_FOR_WORK);
  }

  /** Whether it has rested; however slow a machine is, it has after some seconds. */
  isOver(now_ms: number): boolean {
    return now_ms >= this.until_ms;
  }
}
