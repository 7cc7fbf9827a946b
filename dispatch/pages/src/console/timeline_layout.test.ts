import { expect, test } from "vitest";
import type { StopView } from "../shared/protocol/messages";
import { EMPTY_ZONE, reduceZone } from "../shared/store/zone";
import { aCourier, anOrder, aSnapshot } from "../shared/testing/views";
import {
  ByName,
  barsOf,
  brought,
  FIRST_SPAN,
  lanesOf,
  momentOf,
  panned,
  placeAt,
  promisesOf,
  ticksOf,
  waitingOrders,
  zoomed,
} from "./timeline_layout";

const MINUTE_MS = 60_000;
const NOW_MS = 10 * 3_600_000;
const in_ms = (minutes: number) => NOW_MS + minutes * MINUTE_MS;

function aStop(given: Partial<StopView> = {}): StopView {
  return {
    stop_id: "s1",
    kind: "dropoff",
    order_ids: ["order-1"],
    lat: 0,
    lon: 0,
    name: "Stop",
    service_s: 120,
    ...given,
  };
}

const zoneOf = (given: Parameters<typeof aSnapshot>[0]) => reduceZone(EMPTY_ZONE, aSnapshot(given));

test("who is late stands above who may be, above the others by name; who is off duty has no lane", () => {
  const stops = (id: string) => [aStop({ order_ids: [id] })];
  const zone = zoneOf({
    couriers: [
      aCourier({ id: "c1", name: "Bo" }),
      aCourier({ id: "c2", name: "Ada" }),
      aCourier({ id: "c3", name: "Risky", stops: stops("risk") }),
      aCourier({ id: "c4", name: "Tardy", stops: [...stops("risk"), ...stops("late")] }),
      aCourier({ id: "c5", name: "Home", duty: "off_duty" }),
      aCourier({ id: "c6", name: "Zoe", stops: stops("fine") }),
    ],
  });
  const tones = new Map([
    ["risk", "at_risk"],
    ["late", "late"],
    ["fine", "on_time"],
  ] as const);
  const byName = new ByName();
  const lanes = lanesOf(zone, tones, byName);
  expect(lanes.map(({ courier, tone }) => [courier.name, tone])).toEqual([
    ["Tardy", "late"],
    ["Risky", "at_risk"],
    ["Zoe", "on_time"],
    ["Ada", "unknown"],
    ["Bo", "unknown"],
  ]);
  expect(lanesOf(zone, tones, byName, "c5").map(({ courier }) => courier.name)).toEqual(["Home"]);
});

test("a new name, and a new courier, find their place among the known ones", () => {
  const byName = new ByName();
  const couriers = (...names: string[]) =>
    zoneOf({ couriers: names.map((name, i) => aCourier({ id: `c${i}`, name })) }).couriers;
  expect(byName.ids(couriers("Bo", "Al"))).toEqual(["c1", "c0"]);
  expect(byName.ids(couriers("Aa", "Al"))).toEqual(["c0", "c1"]);
  expect(byName.ids(couriers("Aa", "Al", "Ab"))).toEqual(["c0", "c2", "c1"]);
});

test("a bar has the ride to it, the wait before it and the time at it; nobody arrives before the last stop is left", () => {
  const courier = aCourier({
    stops: [
      aStop({ stop_id: "a", kind: "pickup", state: "arrived", eta_at_ms: in_ms(-2), service_s: 60 }),
      aStop({ stop_id: "b", eta_at_ms: in_ms(10), earliest_at_ms: in_ms(15), latest_at_ms: in_ms(30) }),
      aStop({ stop_id: "c", eta_at_ms: in_ms(16) }),
      aStop({ stop_id: "d" }),
    ],
  });
  const bars = barsOf(courier, zoneOf({ orders: [anOrder({ lock: "full" })] }), new Map([["order-1", "late"]]), NOW_MS);
  const minutes = bars.map((bar) =>
    [bar.ride_ms, bar.arrive_ms, bar.begin_ms, bar.leave_ms].map((ms) => (ms - NOW_MS) / MINUTE_MS),
  );
  expect(minutes).toEqual([
    [-2, -2, -2, 0],
    [0, 10, 15, 17],
    [17, 17, 17, 19],
    [19, 19, 19, 21],
  ]);
  expect(bars.map(({ place }) => place)).toEqual([-1, 0, 1, 2]);
  expect(bars.map(({ tone }) => tone)).toEqual(["unknown", "late", "late", "late"]);
  expect(bars.every(({ locked }) => locked)).toBe(true);
});

test("an arrival that has passed without a word is now", () => {
  const [bar] = barsOf(aCourier({ stops: [aStop({ eta_at_ms: in_ms(-9) })] }), zoneOf({}), new Map(), NOW_MS);
  expect(bar?.arrive_ms).toBe(NOW_MS);
});

test("promises stand at drop-offs only, and only where something was promised", () => {
  const zone = zoneOf({ orders: [anOrder({ promise_at_ms: 7 }), anOrder({ id: "free", promise_at_ms: 0 })] });
  expect(promisesOf(aStop({ order_ids: ["order-1", "free"] }), zone, new Map())).toEqual([
    { order_id: "order-1", at_ms: 7, tone: "unknown" },
  ]);
  expect(promisesOf(aStop({ kind: "pickup" }), zone, new Map())).toEqual([]);
});

test("what nobody has is sorted by its promise; an offer is somebody's", () => {
  const orders = [
    anOrder({ id: "b", promise_at_ms: 2 }),
    anOrder({ id: "a", promise_at_ms: 2 }),
    anOrder({ id: "held", status: "held", promise_at_ms: 1 }),
    anOrder({ id: "offered", status: "offered", courier_id: "c", promise_at_ms: 1 }),
    anOrder({ id: "gone", status: "delivered" }),
  ];
  expect(waitingOrders(zoneOf({ orders })).map(({ id }) => id)).toEqual(["held", "a", "b"]);
});

test("a moment of a lane is a place of its sequence, and the other way round", () => {
  const stops = [
    aStop({ stop_id: "begun", state: "en_route", eta_at_ms: in_ms(2) }),
    aStop({ stop_id: "a", eta_at_ms: in_ms(10) }),
    aStop({ stop_id: "b", eta_at_ms: in_ms(20) }),
  ];
  const bars = barsOf(aCourier({ stops }), zoneOf({}), new Map(), NOW_MS);
  expect([0, 12, 30].map((minutes) => placeAt(bars, in_ms(minutes)))).toEqual([0, 1, 2]);
  expect(placeAt(bars, in_ms(30), "b")).toBe(1);
  expect([0, 1, 2].map((place) => momentOf(bars, place))).toEqual([in_ms(4), in_ms(16), in_ms(22)]);
  expect(momentOf(bars, 0, "a")).toBe(in_ms(12));
  expect(momentOf([], 0)).toBeNull();
});

test("zooming keeps the moment under the pointer, within bounds; panning goes by shares of the width", () => {
  const { ahead_ms, length_ms } = zoomed(FIRST_SPAN, 0.5, 0.25);
  expect(ahead_ms + length_ms * 0.25).toBe(FIRST_SPAN.ahead_ms + FIRST_SPAN.length_ms * 0.25);
  const closer = zoomed(FIRST_SPAN, 0.5);
  expect(closer.ahead_ms / closer.length_ms).toBe(FIRST_SPAN.ahead_ms / FIRST_SPAN.length_ms);
  expect(zoomed({ ahead_ms: 60, length_ms: 4 * 3_600_000 }, 0.5).ahead_ms).toBe(60 + 3_600_000);
  expect(zoomed(FIRST_SPAN, 1e-6).length_ms).toBe(20 * MINUTE_MS);
  expect(zoomed(FIRST_SPAN, 1e6).length_ms).toBe(24 * 60 * MINUTE_MS);
  expect(panned(FIRST_SPAN, 1).ahead_ms).toBe(FIRST_SPAN.ahead_ms + FIRST_SPAN.length_ms);
  expect(panned(FIRST_SPAN, -1e6).ahead_ms).toBe(-24 * 60 * MINUTE_MS);
});

test("time moves on as little as brings a moment into sight", () => {
  expect(brought(FIRST_SPAN, in_ms(60), NOW_MS)).toBe(FIRST_SPAN);
  const later = brought(FIRST_SPAN, in_ms(300), NOW_MS);
  expect(later.ahead_ms).toBeGreaterThan(FIRST_SPAN.ahead_ms);
  expect(later.ahead_ms + later.length_ms).toBeGreaterThan(300 * MINUTE_MS);
  expect(brought(later, in_ms(0), NOW_MS).ahead_ms).toBeLessThan(0);
});

test("labels stand at round times, as many as have room", () => {
  const wide = ticksOf(NOW_MS + 1, 3 * 3_600_000, 800);
  expect(wide.every((at_ms) => at_ms % (15 * MINUTE_MS) === 0)).toBe(true);
  expect(wide).toHaveLength(12);
  expect(ticksOf(NOW_MS, 3 * 3_600_000, 200).length).toBeLessThanOrEqual(3);
  expect(ticksOf(NOW_MS, 24 * 3_600_000, 100)).toHaveLength(6);
});
