import type { Map as MapLibre } from "maplibre-gl";
import { Rest } from "./rest";

/** No change is held back longer, whatever its tiles do. */
const LONGEST_HOLD_MS = 600;

type Held = Pick<MapLibre, "triggerRepaint" | "isSourceLoaded" | "isMoving" | "on">;

/**
 * How what changes comes onto the map. Paint is held back while data are on their way: each tile that comes in would
 * paint all of it again, one change four times in half a second, and without a graphics card each of them takes a fifth
 * of a second. And the next change waits for what the last one has cost (see `Rest`).
 */
export class Painting {
  private readonly rest = new Rest();
  private timer: ReturnType<typeof setTimeout> | undefined;
  private isDue = false;

  constructor(
    private readonly map: Held,
    private readonly sources: readonly string[],
  ) {
    const paint = map.triggerRepaint.bind(map);
    map.triggerRepaint = () => {
      if (this.timer === undefined) paint();
      else this.isDue = true;
    };
    map.on("sourcedata", ({ sourceDataType }) => {
      // "metadata" comes before the tiles are known to be old.
      if (sourceDataType !== "metadata" && this.sources.every((source) => map.isSourceLoaded(source))) this.end();
    });
    // A hand that moves the map does not wait.
    map.on("movestart", () => this.end());
    map.on("idle", () => requestAnimationFrame(() => requestAnimationFrame((now) => this.rest.end(now))));
  }

  /** Whether the data may change again. */
  get isRested(): boolean {
    return this.rest.isOver(performance.now());
  }

  /** The data have changed: paint once all of it is there. */
  changed(): void {
    this.rest.begin(performance.now());
    if (this.timer === undefined && !this.map.isMoving()) this.timer = setTimeout(() => this.end(), LONGEST_HOLD_MS);
  }

  private end(): void {
    clearTimeout(this.timer);
    this.timer = undefined;
    if (!this.isDue) return;
    this.isDue = false;
    this.map.triggerRepaint();
  }
}
