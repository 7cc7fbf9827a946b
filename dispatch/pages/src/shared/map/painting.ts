import type { Map as MapLibre } from "maplibre-gl";
import { Rest } from "./rest";

/** No change is held back longer, whatever its tiles do. */
const LONGEST_HOLD_MS = 600;
/** A picture that takes longer is felt by whoever types or looks at the couriers meanwhile. */
const SLOW_MS = 60;

type Painted = Pick<MapLibre, "triggerRepaint" | "getSource" | "isSourceLoaded" | "isMoving" | "on">;

/**
 * How what changes comes onto the map. Paint is held back while data are on their way: each tile that comes in would
 * paint all of it again, one change four times in half a second, and without a graphics card each of them takes a fifth
 * of a second. After so slow a picture the next one waits as long again, so that hands and couriers have their turn
 * between two of them. And the next change waits for what the last one has cost (see `Rest`).
 */
export class Painting {
  private readonly rest = new Rest();
  private timer: ReturnType<typeof setTimeout> | undefined;
  private waitsForData = false;
  private isDue = false;
  private took_ms = 0;

  constructor(
    private readonly map: Painted,
    private readonly sources: readonly string[],
  ) {
    const paint = map.triggerRepaint.bind(map);
    map.triggerRepaint = () => {
      if (this.timer === undefined) paint();
      else this.isDue = true;
    };
    map.on("render", () => this.painted());
    map.on("sourcedata", ({ sourceDataType }) => {
      // "metadata" comes before the tiles are known to be old.
      if (!this.waitsForData || sourceDataType === "metadata") return;
      if (this.sources.every((source) => !map.getSource(source) || map.isSourceLoaded(source))) this.release();
    });
    // A hand that moves the map does not wait.
    map.on("movestart", () => this.release());
    map.on("idle", () => requestAnimationFrame(() => requestAnimationFrame((now) => this.rest.end(now))));
  }

  /** Whether the data may change again. */
  get isRested(): boolean {
    return this.rest.isOver(performance.now());
  }

  /** The data have changed: paint once all of it is there. */
  changed(): void {
    this.rest.begin(performance.now());
    if (!this.waitsForData) this.hold(LONGEST_HOLD_MS, true);
  }

  /** A picture was made; what it took is known when the next frame comes. */
  private painted(): void {
    const began_ms = performance.now();
    if (this.took_ms > SLOW_MS && !this.waitsForData) this.hold(Math.min(this.took_ms * 2, LONGEST_HOLD_MS), false);
    requestAnimationFrame(() => {
      this.took_ms = performance.now() - began_ms;
    });
  }

  private hold(longest_ms: number, forData: boolean): void {
    if (this.map.isMoving()) return;
    clearTimeout(this.timer);
    this.waitsForData = forData;
    this.timer = setTimeout(() => this.release(), longest_ms);
  }

  private release(): void {
    clearTimeout(this.timer);
    this.timer = undefined;
    this.waitsForData = false;
    if (!this.isDue) return;
    this.isDue = false;
    this.map.triggerRepaint();
  }
}
