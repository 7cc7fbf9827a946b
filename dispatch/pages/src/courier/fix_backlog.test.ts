import { afterEach, beforeEach, expect, test, vi } from "vitest";
import type { Fix } from "../shared/protocol/courier_messages";
import { MAX_KEPT_FIXES } from "../shared/protocol/fix_outbox";
import { FixBacklog } from "./fix_backlog";

beforeEach(() => vi.useFakeTimers());
afterEach(() => vi.useRealTimers());

function aFix(at_ms: number): Fix {
  return { at_ms, lat: 1, lon: 2 };
}

/** A backlog over a disk that is a map. */
function aBacklog(kept: readonly (readonly [number, Fix])[] = []) {
  const disk = new Map<number, Fix>(kept);
  let writes = 0;
  const backlog = new FixBacklog(async ({ below, first, fixes }) => {
    writes += 1;
    for (const key of [...disk.keys()]) if (key < below) disk.delete(key);
    fixes.forEach((fix, place) => {
      disk.set(first + place, fix);
    });
  }, kept);
  return { backlog, times: () => [...disk.values()].map((fix) => fix.at_ms), writes: () => writes };
}

test("a fix that is acknowledged at once never touches the disk", () => {
  const { backlog, writes } = aBacklog();
  for (let at_ms = 1; at_ms <= 50; at_ms += 1) {
    backlog.add(aFix(at_ms));
    backlog.settle(null);
    vi.advanceTimersByTime(1_000);
  }
  expect(writes()).toBe(0);
});

test("offline fixes are written in batches", () => {
  const { backlog, times, writes } = aBacklog();
  for (let at_ms = 1; at_ms <= 60; at_ms += 1) {
    backlog.add(aFix(at_ms));
    vi.advanceTimersByTime(1_000);
  }
  vi.advanceTimersByTime(5_000);
  expect(times()).toHaveLength(60);
  expect(writes()).toBeLessThanOrEqual(13);
});

test("what the server has is forgotten up to the oldest that it has not", () => {
  const { backlog, times } = aBacklog();
  const fixes = [1, 2, 3, 4].map(aFix);
  for (const fix of fixes.slice(0, 3)) backlog.add(fix);
  void backlog.flush();
  backlog.add(fixes[3] as Fix);
  backlog.settle(fixes[1] as Fix);
  void backlog.flush();
  expect(times()).toEqual([2, 3, 4]);
  backlog.settle(null);
  vi.advanceTimersByTime(500);
  expect(times()).toEqual([]);
});

test("when only a fix in memory is owed the disk is cleared, and that fix is kept", () => {
  const { backlog, times } = aBacklog([[7, aFix(1)]]);
  const fresh = aFix(2);
  backlog.add(fresh);
  backlog.settle(fresh);
  void backlog.flush();
  expect(times()).toEqual([2]);
});

test("the fixes of an earlier life are known by their keys", () => {
  const [first, second] = [aFix(1), aFix(2)];
  const { backlog, times } = aBacklog([
    [41, first],
    [42, second],
  ]);
  backlog.settle(second);
  vi.advanceTimersByTime(5_000);
  expect(times()).toEqual([2]);
});

test("the disk holds the newest 2,048 and no more", () => {
  const { backlog, times } = aBacklog();
  for (let at_ms = 1; at_ms <= MAX_KEPT_FIXES + 40; at_ms += 1) backlog.add(aFix(at_ms));
  void backlog.flush();
  expect(times()).toHaveLength(MAX_KEPT_FIXES);
  expect(times()[0]).toBe(41);
});
