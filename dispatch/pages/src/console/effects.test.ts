import { expect, test } from "vitest";
import { etaWords, movedTerms, sortedEtas, worth_s } from "./effects";
import type { Effects, EtaChange, TermChange } from "./overrides_api";

const MINUTE_MS = 60_000;
const PROMISE_MS = 60 * MINUTE_MS;

function eta(before_min: number, after_min: number, order_id = "o1"): EtaChange {
  return {
    order_id,
    promise_at_ms: PROMISE_MS,
    before_at_ms: before_min * MINUTE_MS,
    after_at_ms: after_min * MINUTE_MS,
  };
}

function term(name: string, before_s: number, after_s: number): TermChange {
  return { name, unit: "s", reason: "because", before_s, after_s };
}

function effects(given: Partial<Effects>): Effects {
  return { plan_version: 7, before_s: 0, after_s: 0, etas: [], terms: [], violations: [], ...given };
}

test.each([
  [eta(50, 40), { move: "sooner", by_ms: 10 * MINUTE_MS, tone: "on_time", late_ms: 0 }],
  [eta(40, 50), { move: "later", by_ms: 10 * MINUTE_MS, tone: "at_risk", late_ms: 0 }],
  [eta(80, 70), { move: "sooner", by_ms: 10 * MINUTE_MS, tone: "late", late_ms: 10 * MINUTE_MS }],
  [eta(40, 40.5), { move: "same", tone: "on_time" }],
  [eta(40, 0), { move: "waits", tone: "at_risk", late_ms: 0 }],
  [eta(0, 40), { move: "found", tone: "on_time" }],
  [eta(0, 0), { move: "unknown", tone: "unknown" }],
])("an arrival moves, and is on time, at risk or late: %o", (change, words) => {
  expect(etaWords(change)).toMatchObject(words);
});

test("the plan's worth leaves out the price of unserved orders, which is told apart", () => {
  const terms = [term("travel", 100, 160.4), term("late", 500, 0), term("unserved", 0, 100_000)];
  expect(worth_s(effects({ terms }))).toEqual({ change_s: -440, unserved: true });
  expect(worth_s(effects({ terms: terms.slice(0, 1) }))).toEqual({ change_s: 60, unserved: false });
});

test("terms that move are listed, the most moved first", () => {
  const terms = [term("travel", 100, 160), term("late", 500, 0), term("fuel", 3, 3.2), term("unserved", 0, 1)];
  expect(movedTerms(effects({ terms })).map(({ name, change_s }) => [name, change_s])).toEqual([
    ["late", -500],
    ["travel", 60],
  ]);
});

test("the named orders come first, then those that move the most", () => {
  const etas = [eta(10, 12, "a"), eta(10, 30, "b"), eta(10, 10, "named")];
  expect(sortedEtas(effects({ etas }), ["named"]).map((each) => each.order_id)).toEqual(["named", "b", "a"]);
});
