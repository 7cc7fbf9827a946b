import { expect, test } from "vitest";
import { routeOf } from "./route";

test.each([
  ["", "orders", ""],
  ["#/orders", "orders", ""],
  ["#/orders/o-12ab", "orders", "o-12ab"],
  ["#/new", "new", ""],
  ["#/figures/x", "figures", ""],
  ["#/nowhere", "orders", ""],
  ["#token=abc", "orders", ""],
])("%s shows %s %s", (hash, view, order_id) => {
  expect(routeOf(hash)).toEqual({ view, order_id });
});
