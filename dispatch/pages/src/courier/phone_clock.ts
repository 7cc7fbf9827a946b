import { BusinessClock } from "../shared/protocol/clock";

/** What the server's clock read when the phone's wall clock read this; business time runs `rate` times as fast. */
export interface ClockNote {
  business_ms: number;
  wall_ms: number;
  rate: number;
}

/** A monotonic clock that stood still for longer than this while the wall clock ran: the device was asleep. */
const ASLEEP_MS = 1_000;

/**
 * Business time on the phone, also after a start without a network: from the server's samples while there are any, else
 * from the note of an earlier life and the wall clock. Monotonic clocks of phones stop while the device sleeps; the
 * wall clock tells by how much.
 */
export class PhoneClock {
  readonly business: BusinessClock;
  rate: number;
  private wallAhead_ms: number;

  constructor(
    private readonly mono: () => number,
    private readonly wall: () => number,
    note: ClockNote | null,
  ) {
    this.business = new BusinessClock(mono);
    this.rate = note?.rate ?? 1;
    this.wallAhead_ms = wall() - mono();
    if (note) this.startFrom(note);
  }

  private startFrom({ business_ms, wall_ms, rate }: ClockNote): void {
    const business_now_ms = business_ms + Math.max(0, this.wall() - wall_ms) * rate;
    this.business.start(rate, { business_now_ms, sent_ms: this.mono(), received_ms: this.mono() });
  }

  /** Business time now, whole milliseconds. */
  now_ms(): number {
    const asleep_ms = this.wall() - this.mono() - this.wallAhead_ms;
    return Math.round(this.business.now() + (asleep_ms > ASLEEP_MS ? asleep_ms * this.rate : 0));
  }

  /** The server was heard a moment ago: its clock is known, and runs at `rate`. Returns what to remember. */
  anchor(rate: number): ClockNote {
    this.rate = rate;
    this.wallAhead_ms = this.wall() - this.mono();
    return { business_ms: Math.round(this.business.now()), wall_ms: this.wall(), rate };
  }
}
