import { expect, test } from "vitest";
import { isPlain } from "./stop_parts";

const card = { order_id: "o1", status: "at_dropoff" } as const;

test("one tap is enough where there is nothing to tick off, to prove, or to be paid", () => {
  expect(isPlain([card])).toBe(true);
  expect(isPlain([{ ...card, cash_minor: 1_250, currency: "CNY" }])).toBe(false);
  expect(isPlain([{ ...card, requires: ["photo"] }])).toBe(false);
  expect(isPlain([{ ...card, lines: [{ name: "Tea" }] }])).toBe(false);
  expect(isPlain([card, { ...card, order_id: "o2" }])).toBe(false);
});
