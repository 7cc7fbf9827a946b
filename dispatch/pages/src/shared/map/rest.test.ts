import { expect, test } from "vitest";
import { Rest } from "./rest";

test("a change rests eight times as long as it took", () => {
  const rest = new Rest();
  expect(rest.isOver(0)).toBe(true);
  rest.begin(1_000);
  expect(rest.isOver(1_040)).toBe(false); // it is not even painted
  rest.end(1_050);
  expect([1_449, 1_450].map((now_ms) => rest.isOver(now_ms))).toEqual([false, true]);
});

test("no machine is so slow that nothing is shown", () => {
  const rest = new Rest();
  rest.begin(0);
  expect([5_999, 6_000].map((now_ms) => rest.isOver(now_ms))).toEqual([false, true]);
  rest.begin(6_000);
  rest.end(9_000);
  expect(rest.isOver(12_000)).toBe(true);
});

test("what is painted without a change says nothing", () => {
  const rest = new Rest();
  rest.end(5_000);
  expect(rest.isOver(5_000)).toBe(true);
});
