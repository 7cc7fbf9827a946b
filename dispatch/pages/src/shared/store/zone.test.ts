import { expect, test } from "vitest";
import type { FixView, View } from "../protocol/messages";
import { aCase, aCourier, aFix, aMessage, anOrder, aSnapshot } from "../testing/views";
import { EMPTY_ZONE, lastPlace, reduceZone, type ZoneAction, type ZoneState } from "./zone";

function after(...messages: ZoneAction[]): ZoneState {
  return messages.reduce(reduceZone, EMPTY_ZONE);
}

const CHANGE = { t: "zone_change", epoch: 1, prev: 10, seq: 11, at_ms: 0, event: "x" } as const;

test("a snapshot replaces everything, a change replaces the views that it names", () => {
  const state = after(aSnapshot({ orders: [anOrder({ id: "a" }), anOrder({ id: "b" })], couriers: [aCourier()] }), {
    ...CHANGE,
    orders: [anOrder({ id: "b", status: "assigned" }), anOrder({ id: "c" })],
  });
  expect([...state.orders.values()].map(({ id, status }) => `${id}:${status}`)).toEqual([
    "a:dispatchable",
    "b:assigned",
    "c:dispatchable",
  ]);
  expect(reduceZone(state, aSnapshot()).orders.size).toBe(0);
});

test("the plan version is that of the newest message that names one", () => {
  const state = after(aSnapshot({ plan_version: 7 }));
  expect(reduceZone(state, { ...CHANGE, plan_version: 8 }).plan_version).toBe(8);
  expect(reduceZone(state, { t: "fixes", fixes: [aFix()] }).plan_version).toBe(7);
  expect(reduceZone(state, aSnapshot({ epoch: 2, plan_version: 3 })).plan_version).toBe(3);
});

test("it is known when the incidents may have changed", () => {
  const state = after(aSnapshot(), CHANGE);
  expect(state.traffic_seq).toBe(10);
  expect(reduceZone(state, { ...CHANGE, prev: 11, seq: 12, event: "incident_changed" }).traffic_seq).toBe(12);
});

test("what did not change keeps its identity, so that nothing is drawn twice", () => {
  const before = after(aSnapshot({ orders: [anOrder()], couriers: [aCourier()], fixes: [aFix()] }));
  const next = reduceZone(before, { ...CHANGE, orders: [anOrder({ status: "offered" })] });
  expect(next.couriers).toBe(before.couriers);
  expect(next.fixes).toBe(before.fixes);
  expect(next.orders).not.toBe(before.orders);
});

test("a place never goes back in (generation, seq), not even by a snapshot", () => {
  const couriers = [aCourier()];
  const state = after(aSnapshot({ couriers, fixes: [aFix({ gen: 2, seq: 7 })] }));
  const older: ZoneAction[] = [
    { t: "fixes", fixes: [aFix({ gen: 2, seq: 6 })] },
    { t: "fixes", fixes: [aFix({ gen: 1, seq: 99 })] },
    aSnapshot({ seq: 20, couriers, fixes: [aFix({ gen: 2, seq: 5 })] }),
  ];
  for (const message of older) {
    expect(reduceZone(state, message).fixes.get("courier-1")).toMatchObject({ gen: 2, seq: 7 });
  }
  const newer = reduceZone(state, { t: "fixes", fixes: [aFix({ gen: 3, seq: 1 })] });
  expect(newer.fixes.get("courier-1")).toMatchObject({ gen: 3, seq: 1 });
});

test("after a restore (a new epoch) the generations start afresh", () => {
  const couriers = [aCourier()];
  const state = after(
    aSnapshot({ couriers, fixes: [aFix({ gen: 9 })] }),
    aSnapshot({ epoch: 2, couriers, fixes: [aFix({ gen: 1 })] }),
  );
  expect(state.fixes.get("courier-1")?.gen).toBe(1);
});

test("a path follows its version, and an empty one clears it", () => {
  const path = (version: number, polyline6: string): ZoneAction => ({
    t: "paths",
    paths: [{ courier_id: "courier-1", version, polyline6 }],
  });
  expect(after(path(4, "abc"), path(3, "old")).paths.get("courier-1")?.polyline6).toBe("abc");
  expect(after(path(4, "abc"), path(4, "nearer")).paths.get("courier-1")?.polyline6).toBe("nearer");
  expect(after(path(4, "abc"), path(5, "")).paths.size).toBe(0);
});

test("a link change touches only a courier who is known", () => {
  const state = after(aSnapshot({ couriers: [aCourier()] }));
  expect(reduceZone(state, { t: "link", courier_id: "courier-1", link: "lost" }).couriers.get("courier-1")?.link).toBe(
    "lost",
  );
  expect(reduceZone(state, { t: "link", courier_id: "nobody", link: "lost" })).toBe(state);
});

test("a battery comes with the link, and a message that does not know it leaves it as it was", () => {
  const state = reduceZone(EMPTY_ZONE, aSnapshot({ couriers: [aCourier({ battery: 0.4 })] }));
  const told = reduceZone(state, { t: "link", courier_id: "courier-1", link: "live", heard_at_ms: 7, battery: 0.35 });
  expect(told.couriers.get("courier-1")).toMatchObject({ battery: 0.35, heard_at_ms: 7 });
  const lost = reduceZone(told, { t: "link", courier_id: "courier-1", link: "lost" });
  expect(lost.couriers.get("courier-1")).toMatchObject({ link: "lost", battery: 0.35, heard_at_ms: 7 });
});

const FIRST_GOALS = {
  version: 0,
  on_time_pct: 95,
  at_risk_pct: 10,
  late_pct: 3,
  door_min: 40,
  orders_per_courier_hour: 2,
  waiting_orders: 0,
  waiting_s: 120,
};

test("goals stay as they are until a change brings others", () => {
  const goals = { ...FIRST_GOALS, version: 1 };
  const state = reduceZone(EMPTY_ZONE, aSnapshot({ goals: FIRST_GOALS }));
  const change = { t: "zone_change", epoch: 1, prev: 10, seq: 11, at_ms: 1, event: "goals_changed" } as const;
  expect(reduceZone(state, change).goals).toBe(FIRST_GOALS);
  expect(reduceZone(state, { ...change, goals }).goals).toBe(goals);
});

test("a case is replaced by its newer view and stays when it is resolved", () => {
  const state = after(aSnapshot({ cases: [aCase()] }), {
    ...CHANGE,
    cases: [aCase({ status: "resolved", resolution: "spoke with both" }), aCase({ id: "case-2" })],
  });
  expect([...state.cases.values()].map(({ id, status }) => `${id}:${status}`)).toEqual([
    "case-1:resolved",
    "case-2:undefined",
  ]);
  expect(reduceZone(state, aSnapshot()).cases.size).toBe(0);
});

test("messages are kept by order in the order in which they came, each once", () => {
  const first = aMessage();
  const state = after(aSnapshot({ messages: [first, aMessage({ id: "m2", order_id: "order-2" })] }), {
    ...CHANGE,
    messages: [first, aMessage({ id: "m3", sender: "dispatcher", to: "customer" })],
  });
  expect(state.messages.get("order-1")?.map(({ id }) => id)).toEqual(["message-1", "m3"]);
  expect(state.messages.get("order-2")?.map(({ id }) => id)).toEqual(["m2"]);
  const next = reduceZone(state, { ...CHANGE, orders: [anOrder()] });
  expect([next.messages, next.cases]).toEqual([state.messages, state.cases]);
  expect(next.messages).toBe(state.messages);
});

// --- what is on the screen --------------------------------------------------------------------------------------

const HERE: View = { south: 60.1, west: 24.9, north: 60.2, east: 25, zoom: 13 };
const ELSEWHERE: View = { ...HERE, south: 60.3, north: 60.4 };
const LOOKED: ZoneAction = { t: "looked", view: HERE };
const COURIERS = ["a", "b"].map((id) => aCourier({ id, route_version: 1 }));
const CLUSTER = { lat: 60.15, lon: 24.95, couriers: 2, idle: 1 };

function fixes(...given: Partial<FixView>[]): ZoneAction {
  return { t: "fixes", fixes: given.map(aFix) };
}

/** Two couriers are known, and only one of them is on the screen. */
function looking(...more: ZoneAction[]): ZoneState {
  const known = [aFix({ courier_id: "a", lat: 60.15 }), aFix({ courier_id: "b", lat: 60.35, at_ms: 7 })];
  return after(aSnapshot({ couriers: COURIERS, fixes: known }), LOOKED, ...more);
}

function dots(state: ZoneState): string[] {
  return [...state.fixes.keys()];
}

test("who is outside of the look has no dot, but it is known where they were", () => {
  const state = looking();
  expect(dots(state)).toEqual(["a"]);
  expect(lastPlace(state, "b")).toMatchObject({ lat: 60.35, at_ms: 7 });
  expect(dots(reduceZone(state, { t: "looked", view: { ...HERE, zoom: 14 } }))).toEqual(["a"]);
  expect(dots(reduceZone(state, { t: "looked", view: ELSEWHERE }))).toEqual([]);
});

test("who leaves the view loses their dot, and has it again when they come back", () => {
  const left = looking(fixes({ courier_id: "a", seq: 2, lat: 60.21 }));
  expect(dots(left)).toEqual([]);
  expect(lastPlace(left, "a")?.lat).toBe(60.21);
  expect(dots(reduceZone(left, fixes({ courier_id: "a", seq: 3, lat: 60.19 })))).toEqual(["a"]);
});

test("clusters stand instead of the dots, newer ones instead of older ones, until the next places", () => {
  const far = looking({ t: "clusters", clusters: [CLUSTER] });
  expect([dots(far), far.clusters, lastPlace(far, "a")?.lat]).toEqual([[], [CLUSTER], 60.15]);
  const later = { ...CLUSTER, couriers: 3 };
  expect(reduceZone(far, { t: "clusters", clusters: [later] }).clusters).toEqual([later]);
  const near = reduceZone(far, fixes({ courier_id: "a", lat: 60.15 }));
  expect([dots(near), near.clusters]).toEqual([["a"], null]);
  expect(reduceZone(far, fixes()).clusters).toBeNull();
});

test("a look aside keeps the clusters that are still on the screen; a change of the zone keeps all of them", () => {
  const far = looking({ t: "clusters", clusters: [CLUSTER, { ...CLUSTER, lat: 60.19 }] });
  expect(reduceZone(far, { t: "looked", view: { ...HERE, north: 60.18 } }).clusters).toEqual([CLUSTER]);
  expect(reduceZone(far, CHANGE).clusters).toBe(far.clusters);
});

test("places that were asked for are known, and are no dots", () => {
  const state = looking({ t: "placed", places: [["b", { lat: 60.39, lon: 25, at_ms: 9 }]] });
  expect([dots(state), lastPlace(state, "b")]).toEqual([["a"], { lat: 60.39, lon: 25, at_ms: 9 }]);
});

test("after a reconnect only those have a dot of whom the server tells again", () => {
  const state = looking(aSnapshot({ seq: 20, couriers: COURIERS }));
  expect([dots(state), lastPlace(state, "a")?.lat]).toEqual([[], 60.15]);
  expect(dots(reduceZone(state, fixes({ courier_id: "a", lat: 60.15 })))).toEqual(["a"]);
  const gone = reduceZone(state, aSnapshot({ seq: 21 }));
  expect(lastPlace(gone, "a")).toBeUndefined();
});

test("out of sight no new path follows when a route changes, so the old one goes", () => {
  const paths = COURIERS.map(({ id }) => ({ courier_id: id, version: 1, polyline6: id }));
  const change = { ...CHANGE, couriers: COURIERS.map((courier) => ({ ...courier, route_version: 2 })) };
  const state = looking({ t: "paths", paths }, { ...CHANGE, couriers: COURIERS });
  expect([...state.paths.keys()]).toEqual(["a", "b"]);
  expect([...reduceZone(state, change).paths.keys()]).toEqual(["a"]);
  expect([...after({ t: "paths", paths }, change).paths.keys()]).toEqual(["a", "b"]);
});

test("what ended hours ago is forgotten, with what was written about it; what is open never is", () => {
  const hour_ms = 3_600_000;
  const old = anOrder({ id: "old", status: "delivered", timeline: [{ status: "delivered", at_ms: hour_ms }] });
  const open = anOrder({ id: "open", created_at_ms: 0 });
  const young = anOrder({ id: "young", status: "canceled", timeline: [{ status: "canceled", at_ms: 3 * hour_ms }] });
  const zone = reduceZone(
    EMPTY_ZONE,
    aSnapshot({
      orders: [old, open, young],
      messages: [aMessage({ order_id: "old" }), aMessage({ id: "message-2", order_id: "open" })],
      cases: [aCase({ id: "dealt", status: "resolved" }), aCase({ id: "waits" })],
    }),
  );
  const later = reduceZone(zone, { t: "passed", now_ms: 4 * hour_ms });
  expect([...later.orders.keys()]).toEqual(["open", "young"]);
  expect([...later.messages.keys()]).toEqual(["open"]);
  expect([...later.cases.keys()]).toEqual(["waits"]);
  expect(reduceZone(later, { t: "passed", now_ms: 4 * hour_ms })).toBe(later);
});
