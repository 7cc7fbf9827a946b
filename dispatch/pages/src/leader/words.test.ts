import { expect, test } from "vitest";
import type { Parcel } from "./api";
import { endsSoon, fits, othersOf, totals } from "./words";

const HOUR_MS = 3_600_000;

function parcel(order_id: string, more: Partial<Parcel> = {}): Parcel {
  return {
    order_id,
    ref: `G-${order_id}`,
    customer: "Ann Li 8000",
    state: "at_point",
    lines: [{ name: "Rice", quantity: 2 }],
    at_ms: 0,
    until_ms: 0,
    eta_at_ms: 0,
    confirmed_at_ms: 0,
    ...more,
  };
}

test.each([
  ["8000", true],
  ["ann", true],
  ["LI 8000", true],
  ["ｌｉ", true],
  ["g-1", true],
  ["rice", true],
  ["", true],
  ["8001", false],
  ["ann oil", false],
])("%s finds it: %s", (typed, found) => {
  expect(fits(parcel("1"), typed)).toBe(found);
});

test("goods are counted over all orders, those with most first", () => {
  const rice = (quantity: number) => ({ name: "Rice", quantity });
  const oil = { name: "Oil", quantity: 3 };
  expect(totals([parcel("1", { lines: [rice(1), oil] }), parcel("2", { lines: [rice(4)] })])).toEqual([rice(5), oil]);
  expect(totals([])).toEqual([]);
});

test("what else lies here for the same customer is pointed out", () => {
  const one = parcel("1");
  const lying = [parcel("2"), parcel("3", { customer: "Bo 8000" })];
  expect(othersOf(one, [one, ...lying]).map(({ order_id }) => order_id)).toEqual(["2"]);
  expect(othersOf(parcel("4", { customer: "" }), [parcel("5", { customer: "" })])).toEqual([]);
});

test("what goes back soon is told, but not what goes back already", () => {
  const until_ms = 10 * HOUR_MS;
  expect(endsSoon(parcel("1", { until_ms }), 6 * HOUR_MS)).toBe(false);
  expect(endsSoon(parcel("1", { until_ms }), 8 * HOUR_MS)).toBe(true);
  expect(endsSoon(parcel("1", { until_ms, state: "uncollected" }), 8 * HOUR_MS)).toBe(false);
  expect(endsSoon(parcel("1"), 8 * HOUR_MS)).toBe(false);
});
