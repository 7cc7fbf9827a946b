import { expect, test } from "vitest";
import { cutOffWords, lastMove, moveWords } from "./eta";
import { clockTime } from "./format";
import { anOrder } from "./testing/views";

const NOON_MS = Date.UTC(2026, 0, 5, 12, 0);

function moved(by_ms: number) {
  return anOrder({ eta_at_ms: NOON_MS + by_ms, eta_before_at_ms: NOON_MS, eta_cause: "traffic" });
}

test("only a change of the minutes that are shown is one", () => {
  expect([59_999, 60_000, -1].map((by_ms) => lastMove(moved(by_ms)))).toEqual([null, "later", "earlier"]);
  expect(lastMove(anOrder({ eta_at_ms: NOON_MS, eta_cause: "plan" }))).toBeNull();
  expect(lastMove(anOrder({ eta_before_at_ms: NOON_MS }))).toBeNull();
});

test("staff read the cause and what was told before", () => {
  expect(moveWords(moved(300_000))).toBe(`traffic, was ${clockTime(NOON_MS)}`);
  expect(moveWords({ ...moved(300_000), eta_cause: "solar_flare" })).toContain("solar flare");
  expect(moveWords(moved(0))).toBe("");
});

test("what is in the way is told while the order waits for it", () => {
  const cut_off = "Burst water main";
  expect(cutOffWords(anOrder({ status: "held", cut_off }))).toBe(cut_off);
  expect(cutOffWords(anOrder({ status: "held", cut_off: "road closed" }))).toBe("a street is closed");
  expect(cutOffWords(anOrder({ status: "dispatchable", cut_off }))).toBe("");
});
