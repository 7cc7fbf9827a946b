import { expect, test } from "vitest";
import { offset } from "../shared/geo/path";
import { EMPTY_TRACK } from "../shared/store/track";
import { aFix, anOrder } from "../shared/testing/views";
import { sceneOf, whereWords } from "./plain";
import { stopsWords, whyMoreStops } from "./stops";

const order = anOrder({ status: "en_route_dropoff" });
const depot = { id: "depot", name: "Corner Shop", ...offset(order, 180, 2_000) };

test("before the pickup the sketch shows door and shop, and says how far the shop is", () => {
  const state = { ...EMPTY_TRACK, order, depot };
  const scene = sceneOf(state, null, 0);
  expect(scene.marks.map(({ kind, label }) => [kind, label])).toEqual([
    ["depot", "Corner Shop"],
    ["home", "You"],
  ]);
  expect([scene.couriers, scene.lines]).toEqual([[], []]);
  expect(whereWords(state, order)).toBe("The shop is 2 km away, to the south of you.");
});

test("the courier is there with their name, hollow when not heard of, and in words", () => {
  const fix = aFix({ ...offset(order, 45, 350), at_ms: 1_000 });
  const state = { ...EMPTY_TRACK, order, depot, fix, courier: { name: "Aino", profile: "bike" as const } };
  expect(sceneOf(state, null, 2_000).couriers).toMatchObject([{ label: "Aino", profile: "bike", stale: false }]);
  expect(sceneOf(state, null, 200_000).couriers).toMatchObject([{ stale: true }]);
  expect(whereWords(state, order)).toBe("Your courier is 350 m away, to the northeast of you.");
  expect(whereWords({ ...state, fix: aFix(offset(order, 0, 10)) }, order)).toBe("Your courier is right at your place.");
});

test("stops are counted while they are few, and more of them are explained", () => {
  const words = (stops_before: number) => stopsWords({ ...EMPTY_TRACK, fix: aFix(), stops_before });
  expect([0, 1, 2, 5, 6, 30].map(words)).toEqual([
    "You are next",
    "1 stop before you",
    "2 stops before you",
    "5 stops before you",
    "Several stops before you",
    "Several stops before you",
  ]);
  expect(stopsWords({ ...EMPTY_TRACK, stops_before: 2 })).toBe("");
  const why = (stops_told: number, stops_before: number) =>
    whyMoreStops({ ...EMPTY_TRACK, fix: aFix(), stops_told, stops_before });
  expect([why(2, 3), why(2, 2), why(2, 1), why(7, 9), why(Number.POSITIVE_INFINITY, 3)]).toEqual([
    "Another stop came in on the way.",
    "",
    "",
    "",
    "",
  ]);
});
