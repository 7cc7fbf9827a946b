import { expect, test } from "vitest";
import { EMPTY_ZONE, reduceZone } from "../shared/store/zone";
import { aCourier, anOrder, aSnapshot } from "../shared/testing/views";
import { busyShare, type FleetFilter, filteredFleet, fleetRows, givenBack, loadShare, sortedFleet } from "./fleet";

const NOW_MS = 100_000_000;
const MINUTE_MS = 60_000;
const COURIERS = [
  aCourier({ id: "ann", name: "Ann", battery: 0.15, shift_from_ms: NOW_MS - 60 * MINUTE_MS, capacity: { items: 4 } }),
  aCourier({ id: "bob", name: "Bob", link: "lost", heard_at_ms: NOW_MS - 5, battery: 0.9, duty: "on_break" }),
  aCourier({ id: "cyd", name: "Cyd", duty: "off_duty", link: "offline", battery: 0.05 }),
  aCourier({ id: "dee", name: "Dee" }),
];
const ORDERS = [
  anOrder({
    id: "o1",
    courier_id: "ann",
    status: "picked_up",
    promise_at_ms: NOW_MS - 1,
    load: { items: 3 },
    timeline: [{ status: "assigned", at_ms: NOW_MS - 30 * MINUTE_MS }],
  }),
  anOrder({ id: "o2", courier_id: "bob", status: "assigned", promise_at_ms: NOW_MS + 1 }),
];
const ZONE = reduceZone(EMPTY_ZONE, aSnapshot({ orders: ORDERS, couriers: COURIERS }));
const ROWS = fleetRows(ZONE, NOW_MS);
const names = (...filters: FleetFilter[]) =>
  filteredFleet(ROWS, new Set(filters), "").map(({ courier }) => courier.name);

test("a row knows load, lateness, how busy somebody is and what to write about", () => {
  const [ann, bob, cyd, dee] = ROWS;
  expect(ann).toMatchObject({ on_board: 1, load: 0.75, late: true, idle: false, busy: 0.5, order_id: "o1" });
  expect(bob).toMatchObject({ on_board: 0, late: false, seen_ms: NOW_MS - 5 });
  expect(cyd).toMatchObject({ on_duty: false, busy: null });
  expect(dee).toMatchObject({ idle: true, load: null });
});

test("filters find who needs a look; together they narrow down", () => {
  expect(names("low_battery")).toEqual(["Ann"]);
  expect(names("no_link")).toEqual(["Bob"]);
  expect(names("idle")).toEqual(["Dee"]);
  expect(names("on_break", "no_link")).toEqual(["Bob"]);
  expect(names("late", "idle")).toEqual([]);
  expect(filteredFleet(ROWS, new Set(), " BO ").map(({ courier }) => courier.id)).toEqual(["bob"]);
});

test("those on duty come first, what is not known comes last, names decide between equals", () => {
  const by = (...args: [Parameters<typeof sortedFleet>[1], boolean]) =>
    sortedFleet(ROWS, ...args).map(({ courier }) => courier.name);
  expect(by("name", true)).toEqual(["Dee", "Cyd", "Bob", "Ann"]);
  expect(by("battery", false)).toEqual(["Ann", "Bob", "Dee", "Cyd"]);
  expect(by("battery", true)).toEqual(["Bob", "Ann", "Dee", "Cyd"]);
  expect(by("link", false)[0]).toBe("Bob");
  expect(by("load", true)[0]).toBe("Ann");
});

test("the fullest of weight, room and pieces counts", () => {
  const order = anOrder({ load: { weight_g: 500, items: 1 } });
  expect(loadShare([order, order], { weight_g: 1_000, items: 10 })).toBe(1);
  expect(loadShare([order], {})).toBeNull();
});

test("a moment with two orders in hand is one moment", () => {
  const taken = (from: number, until: number) =>
    anOrder({
      status: "delivered",
      timeline: [
        { status: "assigned", at_ms: from },
        { status: "delivered", at_ms: until },
      ],
    });
  expect(busyShare([taken(10, 30), taken(20, 40), taken(90, 95)], 0, 100)).toBe(0.35);
  expect(busyShare([taken(0, 50)], 40, 140)).toBe(0.1);
  expect(busyShare([], 5, 5)).toBe(0);
});

test("who stops working gives back what is still at the depot", () => {
  expect(COURIERS.map((courier) => givenBack(courier, ZONE))).toEqual([0, 1, 0, 0]);
});
