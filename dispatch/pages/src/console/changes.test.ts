import { expect, test } from "vitest";
import { EMPTY_ZONE, reduceZone } from "../shared/store/zone";
import { aCourier, anOrder, aSnapshot } from "../shared/testing/views";
import {
  type ChangeKind,
  type Choices,
  changesFor,
  mergeable,
  movableOrders,
  plannedStops,
  QUEUE,
  reconciled,
  routeChangesFor,
  stepped,
  wishOf,
} from "./changes";

const PLACE = { lat: 60.17, lon: 24.94, name: "Market" };
const STOPS = [
  { ...PLACE, stop_id: "s1", kind: "pickup", order_ids: ["a"], state: "arrived" },
  { ...PLACE, stop_id: "s2", kind: "pickup", order_ids: ["b"] },
  { ...PLACE, stop_id: "s3", kind: "dropoff", order_ids: ["a"] },
  { ...PLACE, stop_id: "s4", kind: "dropoff", order_ids: ["b", "c"] },
] as const;
const ORDERS = [
  anOrder({ id: "a", status: "at_pickup", courier_id: "c1", address: "Door 1" }),
  anOrder({ id: "b", status: "assigned", courier_id: "c1", address: "Door 2" }),
  anOrder({ id: "c", status: "picked_up", courier_id: "c1", address: "Door 2" }),
  anOrder({ id: "d", status: "dispatchable", address: "Door 3" }),
  anOrder({ id: "e", status: "assigned", courier_id: "c2", depot_id: "depot-2", address: "Door 2" }),
  anOrder({ id: "f", status: "assigned", courier_id: "c2", depot_id: "depot-2", address: "Door 9" }),
  anOrder({ id: "g", status: "delivered", courier_id: "c2", address: "Door 2" }),
];
const COURIER = aCourier({ id: "c1", stops: STOPS });
const ZONE = reduceZone(EMPTY_ZONE, aSnapshot({ orders: ORDERS, couriers: [COURIER], plan_version: 7 }));
const NOTHING: Choices = { courier_id: "", order_ids: [], stop_ids: [], lock: "courier" };

test("locked orders can be unlocked, and excluded couriers included again", () => {
  const order = anOrder({ status: "assigned", lock: "full", excluded: ["c2"] });
  expect(changesFor(order)).toContain("unlock");
  expect(changesFor(order)).toContain("include");
  expect(changesFor(order)).not.toContain("lock");
});

test("a route can be resequenced when two stops are not started, and split while goods are at the depot", () => {
  expect(plannedStops(COURIER).map((stop) => stop.stop_id)).toEqual(["s2", "s3", "s4"]);
  expect(movableOrders(COURIER, ZONE).map((order) => order.id)).toEqual(["a", "b"]);
  expect(routeChangesFor(COURIER, ZONE)).toEqual(["resequence", "split"]);
  expect(routeChangesFor(aCourier({ id: "c9" }), ZONE)).toEqual([]);
  expect(plannedStops(undefined)).toEqual([]);
});

test("orders of one depot or one door can share a stop, those for the door first", () => {
  const together = mergeable(ORDERS[1] as (typeof ORDERS)[number], ZONE);
  expect(together.map((order) => order.id)).toEqual(["e", "a", "d"]);
});

test("a stop moves one place at a time, and not beyond the ends", () => {
  const ids = ["s1", "s2", "s3"];
  expect(stepped(ids, "s3", -1)).toEqual(["s1", "s3", "s2"]);
  expect(stepped(ids, "s1", 1)).toEqual(["s2", "s1", "s3"]);
  expect(stepped(ids, "s1", -1)).toBe(ids);
  expect(stepped(ids, "s3", 1)).toBe(ids);
  expect(stepped(ids, "gone", 1)).toBe(ids);
});

test("a sequence follows what happens meanwhile: done stops leave it, new ones come last", () => {
  expect(reconciled(["s4", "s1", "s3"], COURIER)).toEqual(["s4", "s3", "s2"]);
  expect(reconciled(["s4"], undefined)).toEqual([]);
});

test.each<[ChangeKind, string, Partial<Choices>]>([
  ["assign", "a", {}],
  ["exclude", "a", {}],
  ["include", "a", {}],
  ["merge", "a", {}],
  ["merge", "d", { order_ids: ["a"] }],
  ["split", "c1", { courier_id: "c2" }],
  ["resequence", "c1", { stop_ids: ["s2", "s3", "s4"] }],
  ["cancel", "a", {}],
])("%s of %s with %o is not a wish yet", (kind, id, chosen) => {
  expect(wishOf(kind, id, { ...NOTHING, ...chosen }, ZONE)).toBeNull();
});

test.each<[ChangeKind, string, Partial<Choices>, object]>([
  ["assign", "a", { courier_id: "c2" }, { order_ids: ["a"], courier_id: "c2" }],
  ["merge", "a", { order_ids: ["b"] }, { order_ids: ["a", "b"], courier_id: "c1" }],
  ["split", "c1", { order_ids: ["a"], courier_id: "c2" }, { order_ids: ["a"], courier_id: "c2" }],
  ["split", "c1", { order_ids: ["a"], courier_id: QUEUE }, { order_ids: ["a"] }],
  ["resequence", "c1", { stop_ids: ["s4", "s2", "s3"] }, { courier_id: "c1", stop_ids: ["s4", "s2", "s3"] }],
  ["lock", "a", { lock: "position" }, { order_ids: ["a"], lock: "position" }],
  ["hold", "a", {}, { order_ids: ["a"] }],
])("%s of %s with %o is what the server is asked for", (kind, id, chosen, body) => {
  const asked = { action: kind, zone: "default", reason: "", ...body };
  expect(wishOf(kind, id, { ...NOTHING, ...chosen }, ZONE)).toEqual(asked);
});
