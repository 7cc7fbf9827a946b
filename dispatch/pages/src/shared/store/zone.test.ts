import { expect, test } from "vitest";
import type { DataMessage } from "../protocol/messages";
import { aCase, aCourier, aFix, aMessage, anOrder, aSnapshot } from "../testing/views";
import { EMPTY_ZONE, reduceZone, type ZoneState } from "./zone";

function after(...messages: DataMessage[]): ZoneState {
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
  const older: DataMessage[] = [
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
  const path = (version: number, polyline6: string): DataMessage => ({
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
