import { expect, test } from "vitest";
import { EMPTY_ZONE, reduceZone } from "../shared/store/zone";
import { initials, openAt, othersAt, othersOf, TAB } from "./attendance";

const zone = reduceZone(EMPTY_ZONE, {
  t: "attending",
  people: [
    { tab: TAB, who: "me", kind: "order", id: "o-1" },
    { tab: "t1", who: "ann", kind: "order", id: "o-1" },
    { tab: "t2", who: "bo.li", kind: "order", id: "o-1", changing: true },
    { tab: "t3", who: "ann" },
  ],
});

test("this window is not among the others, and who changes something comes first", () => {
  expect(othersOf(zone).map(({ tab }) => tab)).toEqual(["t1", "t2", "t3"]);
  expect(othersAt(zone, { kind: "order", id: "o-1" }).map(({ who }) => who)).toEqual(["bo.li", "ann"]);
  expect(othersAt(zone, { kind: "courier", id: "o-1" })).toEqual([]);
});

test("what somebody has open can be opened here, unless this desk does not know it", () => {
  expect(openAt({ tab: "t1", who: "ann", kind: "courier", id: "c-1" })).toEqual({ kind: "courier", id: "c-1" });
  expect(openAt({ tab: "t1", who: "ann", kind: "spaceship", id: "s-1" })).toBeNull();
  expect(openAt({ tab: "t1", who: "ann" })).toBeNull();
});

test("a person's sign is one or two letters of any script", () => {
  expect(["ann", "bo.li", "王小明", "demo@shop", "--"].map(initials)).toEqual(["A", "BL", "王", "DS", "?"]);
});
