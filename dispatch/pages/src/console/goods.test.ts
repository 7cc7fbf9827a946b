import { expect, test } from "vitest";
import { anOrder } from "../shared/testing/views";
import { goodsChoices } from "./goods";

test.each([
  ["dispatchable", []],
  ["assigned", []],
  ["picked_up", ["handover"]],
  ["at_dropoff", ["handover"]],
  ["attempt_failed", ["retry", "return"]],
  ["returning", ["returned", "handover"]],
  ["returned", []],
] as const)("with an order that is %s staff may decide: %s", (status, choices) => {
  expect(goodsChoices(anOrder({ status }))).toEqual(choices);
});

test("a hand-over that is planned can be called done, or off", () => {
  expect(goodsChoices(anOrder({ status: "picked_up", handover_to: "courier-2" }))).toEqual([
    "handover_done",
    "handover_off",
  ]);
});
