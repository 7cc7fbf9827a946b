import { expect, test } from "vitest";
import backoffVectors from "../../../../../courier_protocol/spec/vectors/backoff.json";
import clockVectors from "../../../../../courier_protocol/spec/vectors/clock.json";
import streamVectors from "../../../../../courier_protocol/spec/vectors/stream.json";
import { backoff_ms } from "./backoff";
import { BusinessClock } from "./clock";
import { StreamReader } from "./stream";

/** The protocol's own test vectors: every client in every language must pass them. */

type Reading = [sent_ms: number, received_ms: number, business_ms: number];

function place(given: readonly number[] | null) {
  return given && { epoch: given[0] as number, seq: given[1] as number };
}

test.each(streamVectors.cases)("stream: $name", ({ start, steps, end }) => {
  const reader = new StreamReader();
  reader.reset(place(start));
  for (const [epoch, prev, seq, step] of steps as [number, number, number, string][]) {
    expect(reader.offer(epoch, prev, seq)).toBe(step);
  }
  expect(reader.position).toEqual(place(end));
});

test.each(clockVectors.cases)("clock: $name", ({ start, samples, reads }) => {
  let mono_ms = 0;
  const clock = new BusinessClock(() => mono_ms);
  const [sent_ms, received_ms, business_now_ms, rate] = start as [number, number, number, number];
  clock.start(rate, { sent_ms, received_ms, business_now_ms });
  for (const [sent, received, business] of samples as Reading[]) {
    clock.take({ sent_ms: sent, received_ms: received, business_now_ms: business });
  }
  for (const [at_ms, expected_ms] of reads as [number, number][]) {
    mono_ms = at_ms;
    expect(clock.now()).toBeCloseTo(expected_ms, 3);
  }
});

test.each(backoffVectors.cases as [number, number, number][])(
  "backoff: try %i with random %f waits %i ms",
  (attempt, random, expected_ms) => {
    expect(Math.abs(backoff_ms(attempt, () => random) - expected_ms)).toBeLessThanOrEqual(0.5);
  },
);
