import { afterEach, beforeEach, expect, test, vi } from "vitest";
import type { ZoneSnapshot } from "../shared/protocol/messages";
import { Store } from "../shared/store/store";
import { EMPTY_ZONE, reduceZone, type ZoneAction, type ZoneState } from "../shared/store/zone";
import { Replay } from "./replay";
import type { Loaded } from "./replay_api";
import { Stretch } from "./stretch";

const NOW = 10_000_000;
const MINUTE = 60_000;

/** A zone with a step every minute and nothing in it. */
function snapshot(seq: number): ZoneSnapshot {
  return { t: "zone_snapshot", epoch: 1, seq, zone: "z", orders: [], couriers: [], depots: [] };
}

function stretchFrom(at_ms: number, until_ms: number, first_at_ms = 1_000): Loaded {
  const end_ms = Math.min(until_ms, NOW);
  const first = Math.floor(at_ms / MINUTE) + 1;
  const minutes = Array.from({ length: Math.max(0, Math.ceil(end_ms / MINUTE) - first) }, (_, i) => first + i);
  const changes = minutes.map((minute) => ({
    t: "zone_change" as const,
    epoch: 1,
    prev: minute - 1,
    seq: minute,
    at_ms: minute * MINUTE,
    event: "order_changed",
    plan_version: minute,
  }));
  const event_at_ms = Math.floor(at_ms / MINUTE) * MINUTE;
  const asOf = { at_ms, until_ms: end_ms, first_at_ms, event_at_ms, next_at_ms: 0, changes, incidents: [] };
  return {
    kind: "stretch",
    stretch: new Stretch({ ...asOf, zone_snapshot: snapshot(1) }, { to_ms: end_ms, tracks: [] }),
  };
}

let mono = 0;
let asked: [number | null, number][] = [];
let answer: (at_ms: number, until_ms: number) => Loaded | Promise<Loaded> = stretchFrom;
let live: Store<ZoneState, ZoneAction>;
let replay: Replay;

beforeEach(() => {
  vi.useFakeTimers();
  mono = 0;
  asked = [];
  answer = stretchFrom;
  live = new Store<ZoneState, ZoneAction>(reduceZone, EMPTY_ZONE);
  live.apply([{ ...snapshot(5), plan_version: 777 }]);
  const clock = { now: () => NOW + mono, mono: () => mono };
  replay = new Replay(live, clock, "z", async (_, at_ms, until_ms) => {
    asked.push([at_ms, until_ms]);
    return answer(at_ms ?? NOW, until_ms);
  });
});

afterEach(() => {
  replay.remove();
  vi.useRealTimers();
});

/** Let time pass, for clocks and timers alike. */
async function pass(ms: number): Promise<void> {
  for (let left = ms; left > 0; left -= 50) {
    mono += Math.min(50, left);
    await vi.advanceTimersByTimeAsync(Math.min(50, left));
  }
}

test("a moment is loaded with what was before it, and shown; now is there again at once", async () => {
  const seen: [boolean, number][] = [];
  replay.zone.subscribe((now) => seen.push([now.synced, now.plan_version]));
  replay.seek(50 * MINUTE + 500);
  expect([replay.zone.state.synced, replay.status.state.loading]).toEqual([false, true]);
  await pass(50);
  expect(replay.status.state).toMatchObject({ at_ms: 50 * MINUTE + 500, loading: false, first_ms: 1_000 });
  expect(asked.at(-1)).toEqual([45 * MINUTE + 500, 60 * MINUTE + 500]);
  expect(replay.zone.state.plan_version).toBe(50);
  expect(replay.clock.now()).toBe(50 * MINUTE + 500);
  live.apply([{ ...snapshot(6), plan_version: 778 }]);
  expect(replay.zone.state.plan_version).toBe(50);
  replay.leave();
  expect([replay.zone.state.plan_version, replay.status.state.at_ms]).toEqual([778, null]);
  expect(replay.clock.now()).toBe(NOW + mono);
  live.apply([{ ...snapshot(7), plan_version: 779 }]);
  expect(seen.at(-1)).toEqual([true, 779]);
});

test("dragging asks once, at the end; within a stretch it asks for nothing", async () => {
  replay.seek(50 * MINUTE);
  await pass(50);
  const calls = asked.length;
  for (const minute of [100, 101, 102]) replay.seek(minute * MINUTE, false);
  await pass(200);
  expect(asked.length).toBe(calls + 1);
  expect(replay.zone.state.plan_version).toBe(102);
  replay.seek(99 * MINUTE + 1, false);
  expect([replay.zone.state.plan_version, asked.length]).toEqual([99, calls + 1]);
});

test("an answer that comes too late is nobody's", async () => {
  let release = (_: Loaded): void => {};
  replay.seek(50 * MINUTE);
  await pass(50);
  answer = () => new Promise<Loaded>((resolve) => (release = resolve));
  replay.seek(100 * MINUTE);
  await pass(50);
  replay.leave();
  release(stretchFrom(95 * MINUTE, 110 * MINUTE));
  await pass(50);
  expect([replay.zone.state.plan_version, replay.status.state.at_ms]).toEqual([777, null]);
});

test("it plays at its pace, goes on into the next stretch and arrives at now", async () => {
  replay.seek(50 * MINUTE);
  await pass(50);
  replay.play(60);
  await pass(1_000);
  expect(replay.status.state.at_ms).toBeGreaterThan(50 * MINUTE + 55_000);
  expect(replay.status.state.at_ms).toBeLessThan(50 * MINUTE + 62_000);
  replay.pause();
  const { at_ms } = replay.status.state;
  await pass(500);
  expect(replay.status.state.at_ms).toBe(at_ms);
  replay.play();
  await pass(20_000);
  expect(replay.status.state.at_ms).toBeGreaterThan(68 * MINUTE);
  expect(replay.zone.state.plan_version).toBe(Math.floor((replay.status.state.at_ms ?? 0) / MINUTE));
  await pass(110_000);
  expect(replay.status.state).toMatchObject({ at_ms: null, playing: false });
});

test("steps go from event to event, beyond the stretch too, and never before the log", async () => {
  replay.seek(50 * MINUTE + 100);
  await pass(50);
  await replay.step(-1);
  expect(replay.status.state.at_ms).toBe(50 * MINUTE);
  for (let n = 0; n < 7; n += 1) await replay.step(-1);
  expect(replay.status.state.at_ms).toBe(43 * MINUTE);
  await replay.step(1);
  expect(replay.status.state.at_ms).toBe(44 * MINUTE);
  replay.seek(-5);
  await pass(50);
  expect(replay.status.state.at_ms).toBe(1_000);
});

test("trouble is told, and can be tried again", async () => {
  answer = () => ({ kind: "trouble", trouble: "unreachable" });
  replay.seek(50 * MINUTE);
  await pass(50);
  expect(replay.status.state).toMatchObject({ trouble: "unreachable", loading: false });
  answer = stretchFrom;
  replay.again();
  await pass(50);
  expect(replay.status.state).toMatchObject({ trouble: null, at_ms: 50 * MINUTE });
  expect(replay.zone.state.synced).toBe(true);
});

test("what the page learns of places goes to the zone as it is", async () => {
  replay.seek(50 * MINUTE);
  await pass(50);
  replay.zone.apply([{ t: "placed", places: [["c", { lat: 1, lon: 2, at_ms: 3 }]] }]);
  expect([live.state.away.size, replay.zone.state.away.size]).toEqual([1, 0]);
});
