import { expect, test } from "vitest";
import type { Fix } from "./courier_messages";
import { FixOutbox } from "./fix_outbox";

function fixes(count: number, from = 1): Fix[] {
  return Array.from({ length: count }, (_, place) => ({ at_ms: from + place, lat: 1, lon: 2 }));
}

function outboxWith(count: number, maxKept?: number): FixOutbox {
  const outbox = new FixOutbox(maxKept);
  for (const fix of fixes(count)) outbox.add(fix);
  return outbox;
}

/** Every batch that is due, as [its first number, its first time, how many]. */
function batches(outbox: FixOutbox): number[][] {
  const all: number[][] = [];
  for (let batch = outbox.nextBatch(); batch; batch = outbox.nextBatch())
    all.push([batch.seq, batch.fixes[0]?.at_ms ?? 0, batch.fixes.length]);
  return all;
}

test("a backlog goes newest batch first, then from the oldest on, numbered in the order of time", () => {
  const outbox = outboxWith(250);
  outbox.restart();
  expect(batches(outbox)).toEqual([
    [201, 201, 50],
    [1, 1, 100],
    [101, 101, 100],
  ]);
});

test("what is new while a backlog is on its way goes before the rest of it", () => {
  const outbox = outboxWith(250);
  outbox.restart();
  outbox.nextBatch();
  outbox.add({ at_ms: 999, lat: 1, lon: 2 });
  expect(batches(outbox)[0]).toEqual([251, 999, 1]);
});

test("the bound drops the oldest fix without a number, and counts it", () => {
  const outbox = outboxWith(12, 10);
  expect(outbox.length).toBe(10);
  expect(outbox.dropped).toBe(2);
  expect(outbox.oldest?.at_ms).toBe(3);
});

test("a restart keeps the newest and numbers what was not acknowledged anew", () => {
  const outbox = outboxWith(10, 10);
  batches(outbox);
  outbox.ack(2);
  for (const fix of fixes(5, 11)) outbox.add(fix);
  outbox.restart();
  expect(outbox.length).toBe(10);
  expect(outbox.dropped).toBe(3);
  expect(batches(outbox)).toEqual([[1, 6, 10]]);
});

test("an ack moves the oldest on; one that comes twice changes nothing; one of the future is refused", () => {
  const outbox = outboxWith(5);
  outbox.nextBatch();
  outbox.ack(3);
  outbox.ack(2);
  expect(outbox.oldest?.at_ms).toBe(4);
  expect(() => outbox.ack(6)).toThrow("before it was sent");
  outbox.ack(5);
  expect(outbox.oldest).toBeNull();
});

test("an ack of a batch that still waits is refused", () => {
  const outbox = outboxWith(250);
  outbox.restart();
  outbox.nextBatch();
  expect(() => outbox.ack(250)).toThrow("before it was sent");
});
