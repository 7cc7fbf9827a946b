/** One reading of the server's clocks, with the local times between which it was taken (milliseconds). */
export interface ClockSample {
  business_now_ms: number;
  server_mono_ms: number;
  sent_ms: number;
  received_ms: number;
}

const SAMPLES_KEPT = 8;

/**
 * The server's business clock, read locally. Business time may run at a rate, and the device's own wall clock may be
 * wrong: only a local monotonic clock is used. Of the last few samples the one with the shortest round trip counts,
 * for its error is bounded by half of that trip (Cristian, 1989).
 */
export class BusinessClock {
  private samples: ClockSample[] = [];
  private best: ClockSample | null = null;
  private rate = 1;

  constructor(readonly mono: () => number = () => performance.now()) {}

  get known(): boolean {
    return this.best !== null;
  }

  /** Business milliseconds that pass in one real millisecond. */
  get speed(): number {
    return this.rate;
  }

  /** A new session: samples of an older server process say nothing about this one. */
  start(rate: number, sample: ClockSample): void {
    this.rate = rate > 0 ? rate : 1;
    this.samples = [];
    this.take(sample);
  }

  take(sample: ClockSample): void {
    this.samples = [...this.samples.slice(1 - SAMPLES_KEPT), sample];
    this.best = this.samples.reduce((a, b) => (trip(b) <= trip(a) ? b : a));
  }

  /** Business time now, epoch milliseconds; the device's wall clock until the server has told its own. */
  now(): number {
    if (!this.best) return Date.now();
    const taken_ms = this.best.received_ms - trip(this.best) / 2;
    return this.best.business_now_ms + (this.mono() - taken_ms) * this.rate;
  }
}

function trip(sample: ClockSample): number {
  return Math.max(0, sample.received_ms - sample.sent_ms);
}
