import { expect, test } from "vitest";
import { minorOf, money } from "./money";

test("an amount is read with a point or a comma; nothing is nothing, and other words are no amount", () => {
  expect(["12.50", "12,5", " 3 ", ""].map(minorOf)).toEqual([1_250, 1_250, 300, 0]);
  expect(["x", "-1", "1.234", "1e3", "999999"].map(minorOf)).toEqual([null, null, null, null, null]);
});

test("where no currency is known, an amount is a number", () => {
  expect(money(1_250, "")).toBe("12.50");
});
