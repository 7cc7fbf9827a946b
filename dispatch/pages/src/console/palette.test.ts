import { expect, test } from "vitest";
import type { OrderView } from "../shared/protocol/messages";
import { EMPTY_ZONE, reduceZone } from "../shared/store/zone";
import { anOrder, aSnapshot } from "../shared/testing/views";
import { entriesOf, found, MAX_FOUND } from "./palette";

function zoneWith(...orders: OrderView[]) {
  return reduceZone(EMPTY_ZONE, aSnapshot({ orders }));
}

const zone = zoneWith(
  anOrder({ id: "o-1", ref: "A-101", address: "Mikonkatu 8" }),
  anOrder({ id: "o-2", ref: "B-7", address: "南京西路 1266 号" }),
  anOrder({ id: "o-3", ref: "A-102", address: "Harbour Way 101" }),
);

function searching(text: string, handlers = {}) {
  const ways = { handlers, onQueue() {}, onSelect() {} };
  return found(entriesOf(zone, ways), text).map(({ id }) => id);
}

test("without a text it offers what can be done now, and the queues", () => {
  const offered = searching("", { assign() {} });
  expect(offered[0]).toBe("action assign");
  expect(offered).toContain("queue attention");
  expect(offered).not.toContain("action cancel");
});

test("orders are found by number, by address and with a slip of the finger", () => {
  expect(searching("A-101")[0]).toBe("order o-1");
  expect(searching("Mikonktu")).toEqual(["order o-1"]);
  expect(searching("8 mikon")).toEqual(["order o-1"]);
});

test("Chinese is found from the middle of a word, and actions by their name in the other language", () => {
  expect(searching("西路")).toEqual(["order o-2"]);
  expect(searching("指派", { assign() {} })[0]).toBe("action assign");
});

test("it never shows more than can be read", () => {
  const many = zoneWith(...Array.from({ length: 300 }, (_, i) => anOrder({ id: `o-${i}`, address: "Long Street" })));
  const entries = entriesOf(many, { handlers: {}, onQueue() {}, onSelect() {} });
  expect(found(entries, "long")).toHaveLength(MAX_FOUND);
});
