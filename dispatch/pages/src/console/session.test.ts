import { expect, test } from "vitest";
import { pasted, zoneOf } from "./session";

test.each([
  [[], null, "default"],
  [["north"], null, "north"],
  [["north"], "south", "north"],
  [["north", "south"], "south", "south"],
  [["north", "south"], "west", null],
])("of the zones %j with %s before, %s is opened", (zones, last, zone) => {
  expect(zoneOf(zones, last)).toBe(zone);
});

test("a token is understood alone and within a whole link", () => {
  expect(pasted(" abc ", " ")).toEqual({ token: "abc", zone: "default" });
  expect(pasted("abc", "north")).toEqual({ token: "abc", zone: "north" });
  expect(pasted("http://x/console#token=abc&zone=south", "north")).toEqual({ token: "abc", zone: "south" });
  expect(pasted("  ", "north")).toBeNull();
});
