import { expect, test } from "vitest";
import { aCard } from "../shared/testing/courier_views";
import { boxesOf, boxOfCode, isWhole, takenOrders, toggled } from "./take";

const RICE = { name: "Rice", quantity: 2, code: "690A" };
const OIL = { name: "Oil" };
const LINED = aCard({ order_id: "o1", ref: "A-1", lines: [RICE, OIL, { ...RICE, quantity: 1 }] });
const PLAIN = aCard({ order_id: "o2", ref: "B-2" });
const CARDS = [LINED, PLAIN];
const NOTHING = new Set<string>();

test("an order has a box a line, or one for the whole", () => {
  expect(boxesOf(LINED)).toEqual(["o1/0", "o1/1", "o1/2"]);
  expect(boxesOf(PLAIN)).toEqual(["o2"]);
});

test("only what is ticked as a whole is taken", () => {
  const some = toggled(toggled(NOTHING, ["o1/0", "o1/1"], true), ["o2"], true);
  expect(isWhole(LINED, some)).toBe(false);
  expect(takenOrders(CARDS, some)).toEqual(["o2"]);
  const all = toggled(some, ["o1/2"], true);
  expect(takenOrders(CARDS, all)).toEqual(["o1", "o2"]);
  expect(takenOrders(CARDS, toggled(all, ["o1/1"], false))).toEqual(["o2"]);
  expect(some.has("o1/2")).toBe(false);
});

test("a code ticks the next line that has it, whatever its letters' size and the space around", () => {
  const first = boxOfCode(CARDS, " 690a ", NOTHING);
  expect(first).toEqual({ boxes: ["o1/0"], name: "Rice" });
  expect(boxOfCode(CARDS, "690A", new Set(["o1/0"]))?.boxes).toEqual(["o1/2"]);
  expect(boxOfCode(CARDS, "690A", new Set(["o1/0", "o1/2"]))?.boxes).toEqual(["o1/0"]);
});

test("an order's reference or id ticks all of it; anything else nothing", () => {
  expect(boxOfCode(CARDS, "a-1", NOTHING)).toEqual({ boxes: ["o1/0", "o1/1", "o1/2"], name: "A-1" });
  expect(boxOfCode(CARDS, "o2", NOTHING)?.boxes).toEqual(["o2"]);
  for (const strange of ["", "  ", "690", "undefined"]) expect(boxOfCode(CARDS, strange, NOTHING)).toBeNull();
});
