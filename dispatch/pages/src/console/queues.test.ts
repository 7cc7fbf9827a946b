import { expect, test } from "vitest";
import { EMPTY_ZONE, reduceZone } from "../shared/store/zone";
import { aCase, aCourier, aMessage, anOrder, aSnapshot } from "../shared/testing/views";
import { changesFor } from "./changes";
import { boardOf, couriersOf, digitOf, ordersOf, QUEUES, writtenAbout } from "./queues";

const NOW_MS = 10_000_000;
const FAR_MS = NOW_MS + 3_600_000;

const ORDERS = [
  anOrder({ id: "free", promise_at_ms: FAR_MS, address: "Simonkatu 20" }),
  anOrder({ id: "held", status: "held", promise_at_ms: FAR_MS }),
  anOrder({ id: "riding", status: "picked_up", promise_at_ms: FAR_MS, eta_at_ms: NOW_MS + 1, courier_id: "c1" }),
  anOrder({ id: "late", status: "assigned", promise_at_ms: NOW_MS - 1, eta_at_ms: NOW_MS, courier_id: "c2" }),
  anOrder({
    id: "done",
    status: "delivered",
    promise_at_ms: FAR_MS,
    timeline: [{ status: "delivered", at_ms: NOW_MS }],
  }),
  anOrder({ id: "gone", status: "canceled", promise_at_ms: 1 }),
];
const COURIERS = [
  aCourier({ id: "c1", name: "Mikko", route_version: 4 }),
  aCourier({ id: "c2", name: "Aino", route_version: 7 }),
  aCourier({ id: "c3", name: "Olga", duty: "off_duty" }),
];
const ZONE = reduceZone(EMPTY_ZONE, aSnapshot({ orders: ORDERS, couriers: COURIERS }));
const BOARD = boardOf(ZONE, NOW_MS);

function ids(queue: Parameters<typeof ordersOf>[2], search = "") {
  return ordersOf(ZONE, BOARD, queue, search, NOW_MS).map((order) => order.id);
}

test("the counts and the lists agree", () => {
  expect(ids("attention")).toEqual(["late"]);
  expect(ids("unassigned").sort()).toEqual(["free", "held"]);
  expect(ids("underway")).toEqual(["late", "riding"]);
  expect(ids("delivered")).toEqual(["done"]);
  expect(ids("closed")).toEqual(["gone"]);
  for (const queue of ["attention", "unassigned", "underway", "delivered", "closed", "all"] as const) {
    expect(BOARD.counts[queue]).toBe(ids(queue).length);
  }
  expect(BOARD.kpis).toEqual({ orders: 6, open: 4, delivered: 1, on_time: 1, on_duty: 2 });
});

test("a search finds by address, id and the courier's name", () => {
  expect(ids("all", "simon")).toEqual(["free"]);
  expect(ids("all", "RIDING")).toEqual(["riding"]);
  expect(ids("all", "aino")).toEqual(["late"]);
  expect(couriersOf(ZONE, "on_duty", "mik").map((courier) => courier.id)).toEqual(["c1"]);
  expect(couriersOf(ZONE, "off_duty", "").map((courier) => courier.id)).toEqual(["c3"]);
});

test("what may be changed depends on where the goods are", () => {
  const offered = Object.fromEntries(ORDERS.map((order) => [order.id, changesFor(order)]));
  expect(offered).toMatchObject({
    free: ["assign", "cancel", "reschedule", "expedite", "hold", "exclude", "mode"],
    held: ["release", "reschedule", "cancel", "mode"],
    late: ["assign", "unassign", "cancel", "reschedule", "expedite", "merge", "hold", "lock", "exclude", "mode"],
    riding: ["cancel", "expedite", "lock"],
    done: [],
    gone: [],
  });
});

test("every queue has a key of its own", () => {
  expect(QUEUES.map(digitOf).join("")).toBe("1234567890dvwO");
});

test("the inbox counts open conflicts, and orders with messages that nobody at the desk has read", () => {
  const zone = reduceZone(ZONE, {
    t: "zone_change",
    epoch: 1,
    prev: 10,
    seq: 11,
    at_ms: 0,
    event: "x",
    cases: [aCase(), aCase({ id: "case-2", status: "resolved" })],
    messages: [
      aMessage({ id: "m1", order_id: "riding", at_ms: 1 }),
      aMessage({ id: "m2", order_id: "late", at_ms: 2 }),
      aMessage({ id: "m3", order_id: "free", at_ms: 3, to: "courier" }),
    ],
  });
  const fresh = boardOf(zone, NOW_MS);
  expect([fresh.counts.conflicts, fresh.counts.messages]).toEqual([1, 2]);
  expect(writtenAbout(zone, fresh, "").map(({ id }) => id)).toEqual(["late", "riding"]);
  const read = boardOf(zone, NOW_MS, { late: "m2" });
  expect(read.counts.messages).toBe(1);
  expect(writtenAbout(zone, read, "").map(({ id }) => id)).toEqual(["riding", "late"]);
  expect(writtenAbout(zone, read, "aino").map(({ id }) => id)).toEqual(["late"]);
});
