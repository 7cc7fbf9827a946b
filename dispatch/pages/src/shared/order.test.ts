import { expect, test } from "vitest";
import { lateness_ms, phaseOf, reasonWords, toneOf } from "./order";
import { anOrder } from "./testing/views";

const NOW_MS = 1_000_000;
const MINUTE_MS = 60_000;

test("an order is judged by its arrival time against its promise", () => {
  const order = anOrder({ status: "en_route_dropoff", promise_at_ms: NOW_MS + 20 * MINUTE_MS });
  const by = (eta_min: number, late_min: number) =>
    toneOf(
      { ...order, eta_at_ms: NOW_MS + eta_min * MINUTE_MS, eta_late_at_ms: NOW_MS + late_min * MINUTE_MS },
      NOW_MS,
    );
  expect([by(10, 15), by(15, 25), by(25, 30)]).toEqual(["on_time", "at_risk", "late"]);
});

test("without an arrival time an order is unknown until its promise comes near", () => {
  const by = (promise_min: number) => toneOf(anOrder({ promise_at_ms: NOW_MS + promise_min * MINUTE_MS }), NOW_MS);
  expect([by(40), by(10), by(-1)]).toEqual(["unknown", "at_risk", "late"]);
});

test("a delivered order keeps the judgement of the moment it was handed over", () => {
  const order = anOrder({
    status: "delivered",
    promise_at_ms: NOW_MS,
    timeline: [{ status: "delivered", at_ms: NOW_MS + MINUTE_MS }],
  });
  expect(lateness_ms(order, NOW_MS + 99 * MINUTE_MS)).toBe(MINUTE_MS);
  expect(toneOf({ ...order, promise_at_ms: NOW_MS + 2 * MINUTE_MS }, NOW_MS + 99 * MINUTE_MS)).toBe("on_time");
});

test("a status that this page does not know counts as waiting", () => {
  expect(phaseOf(anOrder({ status: "teleported" as never }))).toBe("waiting");
});

test("a courier's reason is told in words, with what they added", () => {
  expect(reasonWords("nobody_there")).toBe("Nobody opens");
  expect(reasonWords("no_access: gate code: 12")).toBe("Cannot get in: gate code: 12");
  expect(reasonWords("customer called")).toBe("customer called");
});
