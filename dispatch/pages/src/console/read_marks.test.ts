import { expect, test } from "vitest";
import { EMPTY_ZONE, reduceZone } from "../shared/store/zone";
import { aMessage, anOrder, aSnapshot } from "../shared/testing/views";
import { marked, type ReadMarks, unreadOrders } from "./read_marks";

const ASKED = aMessage({ id: "m1", order_id: "a" });
const ZONE = reduceZone(EMPTY_ZONE, aSnapshot({ orders: [anOrder({ id: "a" })], messages: [ASKED] }));

test("what was written to the desk is unread until it was shown, and the next message is unread again", () => {
  expect(unreadOrders(ZONE, {}).get("a")).toBe(1);
  const marks = marked({}, ZONE, "a");
  expect(unreadOrders(ZONE, marks).size).toBe(0);
  const more = reduceZone(
    ZONE,
    aSnapshot({ orders: [anOrder({ id: "a" })], messages: [ASKED, { ...ASKED, id: "m2" }] }),
  );
  expect(unreadOrders(more, marks).get("a")).toBe(1);
});

test("messages of an order that is gone from the zone count for nothing", () => {
  expect(unreadOrders(reduceZone(EMPTY_ZONE, aSnapshot({ messages: [ASKED] })), {}).size).toBe(0);
});

test("marks that say nothing new are the same marks, and there are never more than a thousand", () => {
  const marks = marked({}, ZONE, "a");
  expect(marked(marks, ZONE, "a")).toBe(marks);
  expect(marked(marks, ZONE, "without messages")).toBe(marks);
  const many: ReadMarks = Object.fromEntries(Array.from({ length: 1_000 }, (_, i) => [`order-${i}`, "m"]));
  const bounded = marked(many, ZONE, "a");
  expect(Object.keys(bounded)).toHaveLength(1_000);
  expect(bounded).toMatchObject({ a: "m1", "order-999": "m" });
  expect(bounded["order-0"]).toBeUndefined();
});
