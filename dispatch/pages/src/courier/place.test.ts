import { afterEach, beforeEach, expect, test, vi } from "vitest";
import type { Fix, Policy } from "../shared/protocol/courier_messages";
import { fixOf, isDue, PlaceWatch } from "./place";

beforeEach(() => vi.useFakeTimers({ now: 1_000_000 }));
afterEach(() => vi.useRealTimers());

function coords(given: Partial<GeolocationCoordinates> = {}): GeolocationCoordinates {
  const nothing = { altitude: null, altitudeAccuracy: null, heading: null, speed: null, toJSON: () => ({}) };
  return { latitude: 60.17, longitude: 24.94, accuracy: 8.04, ...nothing, ...given };
}

/** A device whose place the test says. */
class Device {
  known: PositionCallback | undefined;
  unknown: PositionErrorCallback | undefined | null;
  watching = 0;
  asked = 0;
  watchPosition(known: PositionCallback, unknown?: PositionErrorCallback | null): number {
    this.known = known;
    this.unknown = unknown;
    this.watching += 1;
    return this.watching;
  }
  clearWatch(): void {
    this.watching -= 1;
  }
  getCurrentPosition(): void {
    this.asked += 1;
  }
  is(given: Partial<GeolocationCoordinates> = {}, timestamp = Date.now()): void {
    const position = { coords: coords(given), timestamp, toJSON: () => ({}) };
    this.known?.(position);
  }
  fails(code: number): void {
    this.unknown?.({ code } as GeolocationPositionError);
  }
}

function aWatch(rate = 1) {
  const device = new Device();
  const reported: Fix[] = [];
  const seen: Fix[] = [];
  const troubles: string[] = [];
  const watch = new PlaceWatch({
    geolocation: device,
    mono: () => Date.now(),
    wall: () => Date.now(),
    now_ms: () => 5_000_000 + (Date.now() - 1_000_000) * rate,
    rate: () => rate,
    battery: () => 0.456,
    onFix: (fix, due) => {
      seen.push(fix);
      if (due) reported.push(fix);
    },
    onTrouble: (code) => troubles.push(code),
  });
  return { device, watch, reported, seen, troubles };
}

test("what the browser does not know, or cannot be, is left out", () => {
  expect(fixOf(coords({ speed: Number.NaN, heading: -1 }), 7)).toEqual({ at_ms: 7, lat: 60.17, lon: 24.94, acc_m: 8 });
  expect(fixOf(coords({ speed: 4.246, heading: 181.54, latitude: 60.12345678 }), 7, 0.456)).toEqual({
    at_ms: 7,
    lat: 60.123457,
    lon: 24.94,
    acc_m: 8,
    speed_mps: 4.25,
    heading_deg: 181.5,
    battery: 0.46,
  });
});

test("the interval is business time: at ten times the pace places are due ten times as often", () => {
  const policy: Policy = { t: "policy", fix_interval_s: 30 };
  const last = { fix: { at_ms: 0, lat: 1, lon: 2 }, mono_ms: 0 };
  const fix = { at_ms: 9_999, lat: 1, lon: 2.1 };
  expect(isDue(fix, 3_000, last, policy, 10)).toBe(true);
  expect(isDue(fix, 3_000, last, policy, 1)).toBe(false);
  expect(isDue(fix, 30_000, last, policy, 1)).toBe(true);
});

test("who has moved less than the policy wants reports nothing, and is still seen", () => {
  const { device, watch, reported, seen } = aWatch();
  watch.policy = { t: "policy", fix_interval_s: 10, min_move_m: 25 };
  watch.on();
  device.is();
  vi.advanceTimersByTime(10_000);
  device.is({ latitude: 60.1701 });
  vi.advanceTimersByTime(10_000);
  device.is({ latitude: 60.1703 });
  expect(seen).toHaveLength(3);
  expect(reported.map((fix) => fix.lat)).toEqual([60.17, 60.1703]);
});

test("a place is dated when it was taken, in business time, and never twice", () => {
  const { device, watch, reported } = aWatch(10);
  watch.on();
  device.is({}, Date.now() - 200);
  vi.advanceTimersByTime(5_000);
  device.is({}, Date.now() - 5_200);
  expect(reported.map((fix) => fix.at_ms)).toEqual([4_998_000]);
});

test("errors between places are normal; half a minute without a place is told once", () => {
  const { device, watch, troubles } = aWatch();
  watch.on();
  device.fails(2);
  expect(troubles).toEqual([]);
  vi.advanceTimersByTime(31_000);
  device.fails(3);
  device.fails(2);
  expect(troubles).toEqual(["unavailable"]);
  device.is();
  vi.advanceTimersByTime(31_000);
  device.fails(2);
  expect(troubles).toEqual(["unavailable", "unavailable"]);
});

test("a refusal is told at once, and asked again when the app is looked at again", () => {
  const { device, watch, troubles } = aWatch();
  watch.on();
  device.fails(1);
  expect(troubles).toEqual(["denied"]);
  watch.look();
  device.is();
  device.fails(1);
  expect(troubles).toEqual(["denied", "denied"]);
  expect(device.watching).toBe(1);
});

test("a phone that lies still is asked for its place; one that moves is not", () => {
  const { device, watch } = aWatch();
  watch.on();
  for (let second = 0; second < 30; second += 1) {
    vi.advanceTimersByTime(1_000);
    device.is();
  }
  expect(device.asked).toBe(0);
  vi.advanceTimersByTime(30_000);
  expect(device.asked).toBeGreaterThan(0);
});

test("off duty nothing is watched and nothing late is taken", () => {
  const { device, watch, seen } = aWatch();
  watch.on();
  watch.off();
  device.is();
  vi.advanceTimersByTime(60_000);
  expect(seen).toEqual([]);
  expect(device.watching).toBe(0);
  expect(device.asked).toBe(0);
});
