/** One reading of the server's clock, with the local times between which it was taken (milliseconds). */
export interface ClockSample {
  business_now_ms: number;
  sent_ms: number;
  received_ms: number;
}

/** How far two clocks may drift apart: 100 parts per million, a poor quartz. */
const DRIFT_RATIO = 1e-4;

/**
 * The server's business clock, read locally. Business time may run at a rate, and the device's own wall clock may be
 * wrong: only a local monotonic clock is used. A sample's error is at most half of its round trip (F. Cristian,
 * "Probabilistic clock synchronization", 1989) and grows with drift; the sample with the smallest error counts.
 * (The rules of `courier_protocol/spec/vectors/clock.json`.)
 */
export class BusinessClock {
  private best: ClockSample | null = null;
  private rate = 1;

  constructor(readonly mono: () => number = () => performance.now()) {}

  /** A new session: samples of an older server process say nothing about this one. */
  start(rate: number, sample: ClockSample): void {
    this.rate = rate;
    this.best = sample;
  }

  take(sample: ClockSample): void {
    if (!this.best) return;
    const age_ms = middle(sample) - middle(this.best);
    if (trip(sample) / 2 <= trip(this.best) / 2 + age_ms * DRIFT_RATIO) this.best = sample;
  }

  /** Business time now, epoch milliseconds; the device's wall clock until the server has told its own. */
  now(): number {
    if (!this.best) return Date.now();
    return this.best.business_now_ms + (this.mono() - middle(this.best)) * this.rate;
  }
}

function trip(sample: ClockSample): number {
  return Math.max(0, sample.received_ms - sample.sent_ms);
}

function middle(sample: ClockSample): number {
  return sample.received_ms - trip(sample) / 2;
}
