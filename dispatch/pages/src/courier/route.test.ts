import { expect, test } from "vitest";
import { hashOf, tabOf, type Where, whereOf } from "./route";

const EVERYWHERE: readonly Where[] = [
  { at: "route" },
  { at: "messages" },
  { at: "today" },
  { at: "more" },
  { at: "stop", stop_id: "pu-o 1/2#%" },
  { at: "take", stop_id: "pu-o1-1" },
  { at: "give", stop_id: "do-o1-1" },
  { at: "fail", stop_id: "do-o1-1" },
  { at: "thread", order_id: "o-订单" },
];

test.each(EVERYWHERE)("$at has an address that leads back to it", (where) => {
  expect(whereOf(hashOf(where))).toEqual(where);
});

test.each(["", "#", "#nowhere", "#stop", "#stop/", "#stop/%E0%A4%A", "#thread/", "#token=x"])(
  "%j leads to the route",
  (hash) => expect(whereOf(hash)).toEqual({ at: "route" }),
);

test("each page belongs to a tab", () => {
  expect(EVERYWHERE.map(tabOf)).toEqual([
    "route",
    "messages",
    "today",
    "more",
    ...Array.from({ length: 4 }, () => "route"),
    "messages",
  ]);
});
