import { expect, test } from "vitest";
import { turnOf } from "./courier_sprites";

test("an arrow points in the nearest of its directions, however often the map was turned round", () => {
  expect([0, 3, 4, 90, 359, -90, 720 + 45].map(turnOf)).toEqual([0, 0, 1, 12, 0, 36, 6]);
});

test("nobody knows which way: no arrow", () => {
  expect(turnOf(null)).toBeNull();
});
