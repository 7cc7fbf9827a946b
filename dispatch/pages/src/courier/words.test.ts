import { beforeEach, expect, test, vi } from "vitest";
import "./texts";
import { setLang } from "../shared/i18n";
import { money } from "../shared/money";
import { aCard, aStop } from "../shared/testing/courier_views";
import { distance, etaOf, itemsIn, itemsOf, minutesSeconds, taskOf, toneOf, weight, windowOf } from "./words";

const MINUTE_MS = 60_000;
const NOON_MS = new Date(2026, 0, 5, 12).getTime();

beforeEach(() => {
  vi.stubGlobal("document", { documentElement: {} });
  setLang("en");
});

test("money has the digits of its currency; one that nobody knows is shown all the same", () => {
  expect(money(1_250, "CNY")).toBe("¥12.50");
  expect(money(1_250, "JPY")).toBe("¥1,250");
  expect(money(1_250, "?")).toBe("12.50 ?");
});

test.each([
  [4, "0 m"],
  [847, "850 m"],
  [3_240, "3.2 km"],
  [12_600, "13 km"],
])("%i m is %s", (metres, words) => expect(distance(metres)).toBe(words));

test("weights are grams, then kilograms", () => {
  expect([weight(350), weight(1_240), weight(400_000)]).toEqual(["350 g", "1.2 kg", "400 kg"]);
});

test.each([
  [125_000, "2:05"],
  [59_001, "1:00"],
  [1, "0:01"],
  [-5, "0:00"],
])("%i ms left is %s", (left_ms, words) => expect(minutesSeconds(left_ms)).toBe(words));

test("what is to be done at a stop", () => {
  expect(taskOf(aStop())).toBe("Pick up 1 order");
  expect(taskOf(aStop({ kind: "dropoff", order_ids: ["o1", "o2"] }))).toBe("Deliver 2 orders");
  setLang("zh");
  expect(taskOf(aStop({ order_ids: ["o1", "o2"] }))).toMatch(/2/);
});

test("a window is said as far as it is known", () => {
  const [from, to] = [NOON_MS, NOON_MS + 30 * MINUTE_MS];
  expect(windowOf(aStop())).toBe("");
  expect(windowOf(aStop({ latest_at_ms: to }))).toBe("by 12:30");
  expect(windowOf(aStop({ earliest_at_ms: from }))).toBe("from 12:00");
  expect(windowOf(aStop({ earliest_at_ms: from, latest_at_ms: to }))).toMatch(/12:00.+12:30/);
});

test.each([
  [10, 20, "on_time"],
  [18, 20, "at_risk"],
  [21, 20, "late"],
  [-30, -1, "late"],
] as const)("an arrival in %i min against a window that ends in %i min is %s", (eta_min, latest_min, tone) => {
  const at = (minutes: number) => NOON_MS + minutes * MINUTE_MS;
  expect(toneOf(aStop({ eta_at_ms: at(eta_min), latest_at_ms: at(latest_min) }), NOON_MS)).toBe(tone);
});

test("without a window or a plan nothing is said", () => {
  expect(toneOf(aStop({ eta_at_ms: NOON_MS }), NOON_MS)).toBe("unknown");
  expect(toneOf(aStop({ latest_at_ms: NOON_MS }), NOON_MS)).toBe("unknown");
  expect(etaOf(aStop(), NOON_MS)).toBe("");
  expect(etaOf(aStop({ eta_at_ms: NOON_MS + 20_000 }), NOON_MS)).toBe("");
  expect(etaOf(aStop({ eta_at_ms: NOON_MS + 5 * MINUTE_MS }), NOON_MS)).toBe("in 5 min");
});

test("items are counted by the order, else by its lines", () => {
  const lines = [{ name: "Rice", quantity: 2 }, { name: "Oil" }];
  expect(itemsIn(aCard({ lines }))).toBe(3);
  expect(itemsIn(aCard({ lines, items: 5 }))).toBe(5);
  expect(itemsOf([aCard({ lines }), aCard({ items: 4 })])).toBe(7);
});
