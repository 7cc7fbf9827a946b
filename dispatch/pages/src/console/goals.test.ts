import { expect, test } from "vitest";
import type { OrderStatus } from "../shared/protocol/messages";
import { EMPTY_ZONE, reduceZone } from "../shared/store/zone";
import { aCourier, anOrder, aSnapshot } from "../shared/testing/views";
import { fits, parsed } from "./filters";
import {
  courierHours,
  culpritsOf,
  type FIGURES,
  FIRST_GOALS,
  figuresOf,
  filterOf,
  goalVerdict,
  historyOf,
  median,
  sparkline,
  waitsOf,
} from "./goals";

const MINUTE_MS = 60_000;
const NOW_MS = 1_000 * MINUTE_MS;

function order(id: string, promise_min: number, ...steps: [OrderStatus, number][]) {
  const timeline = steps.map(([status, min]) => ({ status, at_ms: NOW_MS + min * MINUTE_MS }));
  return anOrder({
    id,
    status: steps.at(-1)?.[0] ?? "dispatchable",
    created_at_ms: timeline[0]?.at_ms ?? NOW_MS,
    promise_at_ms: NOW_MS + promise_min * MINUTE_MS,
    timeline,
  });
}

const ORDERS = [
  order("good", -20, ["dispatchable", -60], ["assigned", -59], ["delivered", -30]),
  order("slow", -20, ["dispatchable", -55], ["assigned", -50], ["delivered", -5]),
  order("overdue", -10, ["dispatchable", -50], ["assigned", -45]),
  order("waits", 60, ["dispatchable", -3]),
  order("fresh", 60, ["dispatchable", -1]),
  order("gone", -20, ["dispatchable", -60], ["canceled", -50]),
];
const ZONE = reduceZone(
  EMPTY_ZONE,
  aSnapshot({ orders: ORDERS, couriers: [aCourier({ shift_from_ms: NOW_MS - 30 * MINUTE_MS })] }),
);
const figure = (id: (typeof FIGURES)[number]) => figuresOf(ZONE, NOW_MS).find((each) => each.id === id);

test("figures are of the last hour, or of this moment, and know how far the goal is", () => {
  expect(figure("on_time")).toMatchObject({ value: 50, orders: 1, goal: 95, verdict: "missed" });
  expect(figure("open")).toMatchObject({ value: 3, goal: null, verdict: "none" });
  expect(figure("late")?.value).toBeCloseTo(33.3, 1);
  expect(figure("waiting")).toMatchObject({ value: 1, verdict: "near" });
  expect(figure("door")).toMatchObject({ value: 40, verdict: "met" });
  expect(figure("pace")).toMatchObject({ value: 4, verdict: "met" });
});

test("a figure that was better a quarter of an hour ago has become worse", () => {
  expect(figure("on_time")).toMatchObject({ trend: "worse", moved: -1 });
  expect(figure("late")).toMatchObject({ moved: -1, trend: "better" });
  expect(figure("open")?.trend).toBe("same");
});

test("the last hour is told from timelines, in steps of five minutes", () => {
  const open = historyOf("open", ZONE, NOW_MS);
  expect(open).toHaveLength(13);
  expect([open[0], open[4], open[12]]).toEqual([2, 3, 3]);
  expect(historyOf("on_time", ZONE, NOW_MS).slice(0, 6)).toEqual([null, null, null, null, null, null]);
});

test("each figure leads to the orders that make it what it is, by a filter that finds the same", () => {
  expect(culpritsOf("on_time", ZONE, NOW_MS).map(({ id }) => id)).toEqual(["slow"]);
  expect(culpritsOf("late", ZONE, NOW_MS).map(({ id }) => id)).toEqual(["overdue"]);
  expect(culpritsOf("waiting", ZONE, NOW_MS).map(({ id }) => id)).toEqual(["waits"]);
  for (const id of ["on_time", "late", "waiting", "at_risk", "door"] as const) {
    const terms = parsed(filterOf(id, FIRST_GOALS));
    const found = ORDERS.filter((each) => fits(each, terms, { zone: ZONE, now_ms: NOW_MS })).map((each) => each.id);
    expect(found.sort(), id).toEqual(
      culpritsOf(id, ZONE, NOW_MS)
        .map((each) => each.id)
        .sort(),
    );
  }
});

test("a goal is met, just missed or missed; without a figure there is nothing to judge", () => {
  expect(goalVerdict("on_time", 95, 95)).toBe("met");
  expect(goalVerdict("on_time", 91, 95)).toBe("near");
  expect(goalVerdict("on_time", 90, 95)).toBe("missed");
  expect(goalVerdict("door", 47, 40)).toBe("near");
  expect(goalVerdict("waiting", 2, 0)).toBe("missed");
  expect(goalVerdict("pace", null, 2)).toBe("none");
});

test("hours on duty are those within the hour: of who is on, and of who has gone", () => {
  const [from_ms, to_ms] = [60 * MINUTE_MS, 120 * MINUTE_MS];
  const hours = (...given: Parameters<typeof aCourier>[0][]) => courierHours(given.map(aCourier), from_ms, to_ms);
  expect(hours({ shift_from_ms: 90 * MINUTE_MS })).toBe(0.5);
  expect(hours({ duty: "off_duty", shift_from_ms: 5 * MINUTE_MS, duty_since_ms: 75 * MINUTE_MS })).toBe(0.25);
  expect(hours({ duty: "off_duty" })).toBe(0);
  expect(hours({})).toBe(1);
});

test("an order waits from when it may be dispatched, and its goods are there", () => {
  const released = order("r", 60, ["held", -30], ["dispatchable", -20], ["offered", -15], ["dispatchable", -10]);
  expect(waitsOf({ ...released, ready_at_ms: NOW_MS - 5 * MINUTE_MS })).toEqual([
    [NOW_MS - 5 * MINUTE_MS, NOW_MS - 15 * MINUTE_MS],
    [NOW_MS - 5 * MINUTE_MS, Number.POSITIVE_INFINITY],
  ]);
});

test("a median is the middle, and a gap breaks the line", () => {
  expect([median([]), median([3, 1, 2]), median([1, 2])]).toEqual([null, 2, 1.5]);
  expect(sparkline([1, null, 3, 2], 30, 10)).toEqual(["0.0,10.0", "20.0,0.0 30.0,5.0"]);
  expect(sparkline([null], 30, 10)).toEqual([]);
});
