import { expect, test } from "vitest";
import { isAtDoor, placeOf, taskKind } from "./stop";
import { aStop } from "./testing/courier_views";

test.each([
  ["pickup", undefined, "pickup", false],
  ["dropoff", undefined, "dropoff", true],
  ["pickup", "depot", "pickup", false],
  ["dropoff", "door", "dropoff", true],
  ["pickup", "door", "fetch", true],
  ["dropoff", "depot", "bring", false],
  ["dropoff", "meeting", "pass", false],
  ["pickup", "meeting", "receive", false],
] as const)("a %s at %s is to %s", (kind, end, task, door) => {
  const stop = aStop({ kind, ...(end && { end }) });
  expect([taskKind(stop), isAtDoor(stop)]).toEqual([task, door]);
});

test("a door is known by its address, a depot and a courier by name, a place without either by what it has", () => {
  const known = { name: "Depot 1", address: "Market 1" };
  expect(placeOf(aStop({ kind: "dropoff", end: "door", ...known }))).toBe("Market 1");
  expect(placeOf(aStop({ kind: "dropoff", end: "depot", ...known }))).toBe("Depot 1");
  expect(placeOf(aStop({ kind: "pickup", end: "meeting", name: "", address: "Long Bridge" }))).toBe("Long Bridge");
});
