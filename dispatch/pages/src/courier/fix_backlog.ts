import type { Fix } from "../shared/protocol/courier_messages";
import { MAX_KEPT_FIXES } from "../shared/protocol/fix_outbox";
import type { FixChange } from "./storage";

/** A fix that is acknowledged within this time never touches the disk. */
const FLUSH_AFTER_MS = 5_000;
const FLUSH_AT_FIXES = 20;
/** What the server has is forgotten this soon, so that a next life does not send it again. */
const FORGET_AFTER_MS = 500;

/**
 * Which fixes are on the phone's disk: the newest MAX_KEPT_FIXES that the server has not acknowledged, written in
 * batches, not one transaction a fix. An app that is killed loses at most the fixes of FLUSH_AFTER_MS.
 */
export class FixBacklog {
  private pending: Fix[] = [];
  private readonly keys = new WeakMap<Fix, number>();
  /** The disk holds the keys [low, high), and the pending fixes follow. */
  private low: number;
  private high: number;
  private below = 0;
  private timer: ReturnType<typeof setTimeout> | undefined;
  private due_ms = 0;

  constructor(
    private readonly write: (change: FixChange) => Promise<void>,
    kept: readonly (readonly [key: number, fix: Fix])[],
  ) {
    for (const [key, fix] of kept) this.keys.set(fix, key);
    this.low = kept[0]?.[0] ?? 1;
    this.high = (kept.at(-1)?.[0] ?? 0) + 1;
  }

  add(fix: Fix): void {
    this.pending.push(fix);
    if (this.pending.length >= FLUSH_AT_FIXES) void this.flush();
    else this.schedule(FLUSH_AFTER_MS);
  }

  /** Everything before `oldest` is with the server (null: everything is). */
  settle(oldest: Fix | null): void {
    const place = oldest ? this.pending.indexOf(oldest) : this.pending.length;
    if (place >= 0) this.pending = this.pending.slice(place);
    const below = (oldest && this.keys.get(oldest)) ?? (place >= 0 ? this.high : 0);
    if (below <= this.below) return;
    this.below = below;
    if (below > this.low) this.schedule(FORGET_AFTER_MS);
  }

  private schedule(after_ms: number): void {
    const due_ms = Date.now() + after_ms;
    if (this.timer !== undefined && this.due_ms <= due_ms) return;
    clearTimeout(this.timer);
    this.due_ms = due_ms;
    this.timer = setTimeout(() => void this.flush(), after_ms);
  }

  /** Write what is due now: the app may be about to be closed. */
  async flush(): Promise<void> {
    clearTimeout(this.timer);
    this.timer = undefined;
    const first = this.high;
    const fixes = this.pending;
    this.pending = [];
    for (const fix of fixes) this.keys.set(fix, this.high++);
    const below = Math.max(this.below, this.high - MAX_KEPT_FIXES);
    if (fixes.length === 0 && below <= this.low) return;
    this.low = Math.max(this.low, below);
    await this.write({ below, first, fixes });
  }

  stop(): void {
    clearTimeout(this.timer);
    this.timer = undefined;
  }
}
