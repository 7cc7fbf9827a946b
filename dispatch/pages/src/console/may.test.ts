import { expect, test } from "vitest";
import { mayOf, rightFor } from "./may";

const ME = {
  id: "d",
  name: "D",
  role: "depot",
  zones: [],
  actions: ["resolve_attempt", "watch_zone"],
  user: true,
  second_factor: false,
};

test("what a role may not do is not offered; while nobody knows the role, everything is", () => {
  expect([mayOf(ME)("override"), mayOf(ME)("resolve_attempt"), mayOf(null)("override")]).toEqual([false, true, true]);
});

test("cancelling is a right of its own", () => {
  expect([rightFor("cancel"), rightFor("assign"), rightFor("split")]).toEqual(["cancel_order", "override", "override"]);
});
