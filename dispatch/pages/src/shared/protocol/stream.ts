import type { StreamPosition } from "./messages";

/** What a change is to this reader: apply it, drop it, or ask for a snapshot. */
export type Step = "next" | "duplicate" | "gap";

/**
 * A reader's place in a zone's event stream.
 *
 * A watcher sees only part of the stream, so sequences jump; each change names in `prev` the last sequence that it
 * builds on. It applies when everything up to `prev` is known; a `prev` beyond our place means something was missed,
 * and nothing may be applied until the server has answered a new hello. (The rules of `courier_protocol/stream.py`.)
 */
export class StreamReader {
  private place: StreamPosition | null = null;

  get position(): StreamPosition | null {
    return this.place;
  }

  /** Start from a snapshot taken at this position, or forget everything (`null`). */
  reset(position: StreamPosition | null): void {
    this.place = position && { epoch: position.epoch, seq: position.seq };
  }

  /** Judge a change and, when it is the next one, move on to it. */
  offer(epoch: number, prev: number, seq: number): Step {
    if (!this.place || epoch !== this.place.epoch) return "gap";
    if (seq <= this.place.seq) return "duplicate";
    if (prev > this.place.seq || seq <= prev) return "gap";
    this.place = { epoch, seq };
    return "next";
  }
}
