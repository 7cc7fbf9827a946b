/** Of the time, changes of the map's data may take one part in so many; the rest is for motion and for hands. */
const REST_FOR_WORK = 8;
const LONGEST_REST_MS = 6_000;

/**
 * How long the map's data had better stay as they are. Marks and routes are cut into tiles, placed and painted as a
 * whole: some ten milliseconds with a graphics card, most of a second without one. What one change took is measured,
 * from the change until the page had its next frame after it, and the next ones come as rarely as that asks for.
 */
export class Rest {
  private began_ms: number | null = null;
  private rest_ms = 0;

  /** Of a change, its time; while one is not over yet, it is one with it. */
  begin(now_ms: number): void {
    this.began_ms ??= now_ms;
  }

  /** The change cannot be told from something else that went on. */
  disturb(): void {
    this.began_ms = null;
  }

  /** The page has had a frame after everything was painted. */
  end(now_ms: number): void {
    if (this.began_ms === null) return;
    this.rest_ms = Math.min(LONGEST_REST_MS, (now_ms - this.began_ms) * REST_FOR_WORK);
    this.began_ms = null;
  }

  /** From one change to the next, milliseconds. */
  get ms(): number {
    return this.rest_ms;
  }
}
