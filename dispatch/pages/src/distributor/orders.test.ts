import { expect, test } from "vitest";
import type { OrderView } from "../shared/protocol/messages";
import { arrivalWords, deliveries, isOpen, progressWords, refreshed, steps, windowWords } from "./orders";

const NOON_MS = new Date(2026, 10, 30, 12, 0).getTime();
const MINUTE_MS = 60_000;

function order(id: string, more: Partial<OrderView> = {}): OrderView {
  return {
    id,
    status: "assigned",
    lat: 0,
    lon: 0,
    address: "Street 1",
    depot_id: "d1",
    created_at_ms: NOON_MS,
    promise_at_ms: NOON_MS + 60 * MINUTE_MS,
    ...more,
  };
}

test("the drops of one delivery stand together, by their windows, where its newest stands", () => {
  const found = deliveries([
    order("a", { drop_of: "W-2", promise_at_ms: 9 }),
    order("b"),
    order("c", { drop_of: "W-1" }),
    order("d", { drop_of: "W-2", promise_at_ms: 5 }),
  ]);
  expect(found.map(({ drop_of, orders }) => [drop_of, orders.map(({ id }) => id)])).toEqual([
    ["W-2", ["d", "a"]],
    ["", ["b"]],
    ["W-1", ["c"]],
  ]);
});

test("an order without a delivery is never taken for a drop of one that is called as it is", () => {
  expect(deliveries([order("x"), order("y", { drop_of: "x" })])).toHaveLength(2);
});

test("what was fetched replaces what was known, and keeps what is older", () => {
  const at = (id: string, created_at_ms: number, more: Partial<OrderView> = {}) =>
    order(id, { created_at_ms, ...more });
  const known = [at("c", 30), at("b", 20), at("a", 10)];
  const fresh = [at("d", 40), at("c", 30, { status: "delivered" })];
  expect(refreshed(known, fresh, false).map(({ id, status }) => `${id} ${status}`)).toEqual([
    "d assigned",
    "c delivered",
    "b assigned",
    "a assigned",
  ]);
  expect(refreshed(known, fresh, true).map(({ id }) => id)).toEqual(["d", "c"]);
  expect(refreshed(known, [], false)).toEqual([]);
});

test("what is gone from among the newest is gone; what was placed in the same moment stays", () => {
  const at = (id: string) => order(id, { created_at_ms: 10 });
  expect(refreshed([at("a"), at("b"), at("c")], [at("a")], false).map(({ id }) => id)).toEqual(["a", "b", "c"]);
  expect(refreshed([at("a"), at("b"), at("c")], [at("b")], false).map(({ id }) => id)).toEqual(["b", "c"]);
});

test("a window is told by both of its ends, else by when", () => {
  const promise_at_ms = NOON_MS + 180 * MINUTE_MS;
  const earliest_at_ms = NOON_MS + 60 * MINUTE_MS;
  expect(windowWords(order("a", { earliest_at_ms, promise_at_ms }), NOON_MS)).toBe("13:00–15:00");
  expect(windowWords(order("a", { promise_at_ms }), NOON_MS)).toBe("by 15:00");
});

test("an arrival is told as a range, then as what was; of what does not come nothing is told", () => {
  const eta = { eta_at_ms: NOON_MS + 20 * MINUTE_MS, eta_late_at_ms: NOON_MS + 31 * MINUTE_MS };
  expect(arrivalWords(order("a", eta), NOON_MS)).toBe("about 12:20–12:31");
  expect(arrivalWords(order("a", eta), NOON_MS + 40 * MINUTE_MS)).toBe("about 12:40");
  const timeline = [{ status: "delivered", at_ms: NOON_MS + 25 * MINUTE_MS }] as const;
  expect(arrivalWords(order("a", { ...eta, status: "delivered", timeline }), NOON_MS)).toBe("came 12:25");
  expect(arrivalWords(order("a", { ...eta, status: "canceled" }), NOON_MS)).toBe("");
  expect(arrivalWords(order("a"), NOON_MS)).toBe("");
});

test("the timeline begins with the placing and leaves out what is the house's own", () => {
  const timeline = [
    { status: "dispatchable", at_ms: 1 },
    { status: "offered", at_ms: 2 },
    { status: "assigned", at_ms: 3 },
    { status: "assigned", at_ms: 4 },
    { status: "delivered", at_ms: 5 },
  ] as const;
  const told = steps(order("a", { created_at_ms: 0, timeline }));
  expect(told).toEqual([
    { label: "dist.step.placed", at_ms: 0 },
    { label: "status.assigned", at_ms: 3 },
    { label: "status.delivered", at_ms: 5 },
  ]);
});

test("what has ended or goes back cannot be canceled", () => {
  expect(isOpen(order("a"))).toBe(true);
  expect(isOpen(order("a", { status: "attempt_failed" }))).toBe(true);
  for (const status of ["delivered", "canceled", "returning", "returned", "collected"] as const) {
    expect(isOpen(order("a", { status })), status).toBe(false);
  }
});

test("a delivery says how many of its drops have come", () => {
  const orders = [order("a"), order("b", { status: "delivered" }), order("c", { status: "collected" })];
  expect(progressWords({ drop_of: "W-1", orders })).toBe("3 drops, 2 delivered");
});
