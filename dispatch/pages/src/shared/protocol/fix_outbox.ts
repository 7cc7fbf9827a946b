import { type Fix, MAX_FIXES_PER_BATCH, type Positions } from "./courier_messages";
import { RemoteProtocolError } from "./errors";

export const MAX_KEPT_FIXES = 2_048;

type Range = readonly [first: number, last: number];

/**
 * The fixes that a phone still owes the server: bounded, newest first, kept until acknowledged. (The rules of
 * `courier_protocol/fix_outbox.py`.)
 *
 * A fix gets its number when it is about to be sent, so that what the bound drops (the oldest) never leaves a hole. A
 * new session starts the numbers at 1 again: the backlog is numbered in the order of time and sent newest batch first,
 * then from the oldest on, so that the marker is right at once and the ack rises steadily.
 */
export class FixOutbox {
  /** How many fixes the bound cost. */
  dropped = 0;
  private fresh: Fix[] = [];
  private numbered = new Map<number, Fix>();
  private ranges: Range[] = [];
  private nextSeq = 1;
  private ackedSeq = 0;

  constructor(private readonly maxKept = MAX_KEPT_FIXES) {}

  get length(): number {
    return this.numbered.size + this.fresh.length;
  }

  /** The first fix that is still owed: everything before it need not be kept. */
  get oldest(): Fix | null {
    return this.numbered.values().next().value ?? this.fresh[0] ?? null;
  }

  /** Keep a fix; the oldest one that has no number yet makes room if need be. */
  add(fix: Fix): void {
    this.fresh.push(fix);
    if (this.fresh.length > this.maxKept) {
      this.fresh.shift();
      this.dropped += 1;
    }
  }

  /** A new session begins: all that is not acknowledged is numbered anew, the newest `maxKept` of it. */
  restart(): void {
    const kept = [...this.numbered.values(), ...this.fresh];
    const backlog = kept.slice(-this.maxKept);
    this.dropped += kept.length - backlog.length;
    this.numbered = new Map(backlog.map((fix, place) => [place + 1, fix]));
    this.fresh = [];
    this.nextSeq = backlog.length + 1;
    this.ackedSeq = 0;
    const batches = batchesOf(1, backlog.length);
    this.ranges = [...batches.slice(0, -1).reverse(), ...batches.slice(-1)];
  }

  /** The next fixes to send, the newest first; null if all are on their way. */
  nextBatch(): Positions | null {
    this.numberFresh(Math.max(0, this.maxKept - this.numbered.size));
    const range = this.ranges.pop();
    if (!range) return null;
    const [seq, last] = range;
    const fixes: Fix[] = [];
    for (let each = seq; each <= last; each += 1) fixes.push(this.numbered.get(each) as Fix);
    return { t: "pos", seq, fixes };
  }

  private numberFresh(room: number): void {
    const first = this.nextSeq;
    for (const fix of this.fresh.splice(0, room)) this.numbered.set(this.nextSeq++, fix);
    this.ranges.push(...batchesOf(first, this.nextSeq - 1));
  }

  /** Everything up to `seq` is with the server. Throws RemoteProtocolError if not all of it was sent. */
  ack(seq: number): void {
    if (seq >= this.nextSeq || this.ranges.some(([first]) => first <= seq))
      throw new RemoteProtocolError("bad_ack", "A fix was acknowledged before it was sent.");
    for (let each = this.ackedSeq + 1; each <= seq; each += 1) this.numbered.delete(each);
    this.ackedSeq = Math.max(this.ackedSeq, seq);
  }
}

/** The numbers first..last as ranges of at most one batch, ascending. */
function batchesOf(first: number, last: number): Range[] {
  const ranges: Range[] = [];
  for (let low = first; low <= last; low += MAX_FIXES_PER_BATCH)
    ranges.push([low, Math.min(low + MAX_FIXES_PER_BATCH - 1, last)]);
  return ranges;
}
