import { expect, test } from "vitest";
import type { OrderView, ZoneChange, ZoneSnapshot } from "../shared/protocol/messages";
import { type AsOf, combined, fixAt, Stretch, type TrackPlace } from "./stretch";

const order = (id: string, status: string): OrderView =>
  ({ id, status, lat: 1, lon: 2, address: "", depot_id: "d", created_at_ms: 0, promise_at_ms: 0 }) as OrderView;

const change = (at_ms: number, event: string, more: Partial<ZoneChange> = {}): ZoneChange => ({
  t: "zone_change",
  epoch: 1,
  prev: at_ms - 1,
  seq: at_ms,
  at_ms,
  event,
  ...more,
});

const SNAPSHOT: ZoneSnapshot = {
  t: "zone_snapshot",
  epoch: 1,
  seq: 1,
  zone: "z",
  orders: [order("a", "assigned")],
  couriers: [{ id: "c", name: "Ada", profile: "ebike", duty: "available" }],
  depots: [],
  fixes: [{ courier_id: "c", gen: 7, seq: 3, at_ms: 90, lat: 1, lon: 2 }],
};

const stretch = (changes: readonly ZoneChange[], places: readonly TrackPlace[] = []): Stretch => {
  const asOf: AsOf = {
    at_ms: 100,
    until_ms: 1_000,
    first_at_ms: 10,
    event_at_ms: 95,
    next_at_ms: changes[0]?.at_ms ?? 0,
    zone_snapshot: SNAPSHOT,
    changes,
    incidents: [],
  };
  return new Stretch(asOf, { to_ms: 1_000, tracks: [{ courier_id: "c", places }] });
};

const DAY = [
  change(200, "order_changed", { orders: [order("a", "picked_up"), order("b", "held")] }),
  change(300, "route_retimed", { couriers: [{ id: "c", name: "Ada", profile: "car", duty: "available" }] }),
  change(400, "order_changed", { orders: [order("a", "delivered")] }),
];

test("a stretch is looked at to and fro", () => {
  const past = stretch(DAY);
  const statuses = (at_ms: number) => [...past.at(at_ms).orders.values()].map(({ status }) => status);
  expect(statuses(199)).toEqual(["assigned"]);
  expect(statuses(500)).toEqual(["delivered", "held"]);
  expect(statuses(200)).toEqual(["picked_up", "held"]);
  expect(past.at(300).couriers.get("c")?.profile).toBe("car");
  expect(past.at(100).synced).toBe(true);
  expect([past.covers(99), past.covers(100), past.covers(1_000), past.covers(1_001)]).toEqual([
    false,
    true,
    true,
    false,
  ]);
});

test("what did not change stays the same object, so that nothing is drawn twice", () => {
  const past = stretch(DAY);
  const { orders } = past.at(210);
  expect(past.at(290).orders).toBe(orders);
  expect(past.at(290).fixes.get("c")).toBe(past.at(291).fixes.get("c"));
});

test("steps go from event to event, without mere retimings, and to the last one before the stretch", () => {
  const past = stretch(DAY);
  expect(past.step(100, 1)).toBe(200);
  expect(past.step(200, 1)).toBe(400);
  expect(past.step(400, 1)).toBeNull();
  expect(past.step(401, -1)).toBe(400);
  expect(past.step(400, -1)).toBe(200);
  expect(past.step(200, -1)).toBe(95);
  expect(past.step(95, -1)).toBeNull();
});

test("between two places somebody rides from one to the other, and waits where nobody saw them for long", () => {
  const places: TrackPlace[] = [
    [100, 0, 0, 10, 5],
    [200, 0, 0.001, null, null],
    [200_000, 0, 0.5, null, null],
  ];
  expect(fixAt("c", places, 99)).toBeNull();
  const half = fixAt("c", places, 150);
  expect(half?.lon).toBeCloseTo(0.0005, 6);
  expect([half?.at_ms, half?.heading_deg]).toEqual([150, 90]);
  const waits = fixAt("c", places, 150_000);
  expect([waits?.lon, waits?.at_ms, waits?.speed_mps]).toEqual([0.001, 200, 0]);
  expect(fixAt("c", places, 300_000)?.lon).toBe(0.5);
});

test("a track goes on from the last place before it", () => {
  const past = stretch(DAY, [[190, 1, 2.001, null, null]]);
  expect(past.at(100).fixes.get("c")?.lon).toBeCloseTo(2.0001, 5);
  expect(past.at(140).fixes.get("c")?.lon).toBeCloseTo(2.0005, 5);
  expect(past.at(500).fixes.get("c")?.at_ms).toBe(190);
});

test("many changes are one, with the newest view of each thing", () => {
  const one = combined(DAY);
  expect(one.orders?.map(({ id, status }) => `${id} ${status}`)).toEqual(["a delivered", "b held"]);
  expect([one.prev, one.seq]).toEqual([199, 400]);
});
