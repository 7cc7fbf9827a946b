import { expect, test } from "vitest";
import { digitsOf, minorOf, money, typedMoney } from "./money";

test("an amount is read with a point or a comma; nothing is nothing, and other words are no amount", () => {
  expect(["12.50", "12,5", " 3 ", ""].map((typed) => minorOf(typed))).toEqual([1_250, 1_250, 300, 0]);
  expect(["x", "-1", "1.234", "1e3", "999999"].map((typed) => minorOf(typed))).toEqual([null, null, null, null, null]);
});

test("where no currency is known, an amount is a number", () => {
  expect(money(1_250, "")).toBe("12.50");
});

test("an amount is typed with the digits of its currency, and none that it lacks", () => {
  expect([digitsOf("CNY"), digitsOf("JPY"), digitsOf("none")]).toEqual([2, 0, 2]);
  expect([typedMoney(1250, "CNY"), typedMoney(340, "JPY")]).toEqual(["12.50", "340"]);
  expect([minorOf("340", 0), minorOf("3.5", 0), minorOf("1.25", 3), minorOf("0.07")]).toEqual([340, null, 1250, 7]);
});
