import { expect, test } from "vitest";
import { offset } from "../geo/path";
import { awayWords, lengthWords, nextView, scaleLength_m, toScreen, viewOf } from "./plain_map";

const SIZE = { width_px: 400, height_px: 300 };
const DOOR = { lat: 60.17, lon: 24.94 };

test("all places are in sight, north up, at one scale", () => {
  const [north, east] = [offset(DOOR, 0, 1_000), offset(DOOR, 90, 1_000)];
  const view = viewOf([DOOR, north, east], SIZE);
  const [door, up, right] = [DOOR, north, east].map((place) => toScreen(view, SIZE, place));
  if (!door || !up || !right) throw new Error("three places");
  expect(up.x).toBeCloseTo(door.x, 1);
  expect(up.y).toBeLessThan(door.y);
  expect(right.x).toBeGreaterThan(door.x);
  expect((door.y - up.y) / (right.x - door.x)).toBeCloseTo(1, 1);
  for (const { x, y } of [door, up, right]) {
    expect(x).toBeGreaterThan(40);
    expect(x).toBeLessThan(360);
    expect(y).toBeGreaterThan(40);
    expect(y).toBeLessThan(260);
  }
});

test("one place alone, and no place at all, have a view too", () => {
  expect(toScreen(viewOf([DOOR], SIZE), SIZE, DOOR)).toEqual({ x: 200, y: 150 });
  expect(viewOf([], SIZE).metres_per_px).toBeGreaterThan(0);
});

test("the view rests until something leaves it, or it could be twice as near", () => {
  const first = nextView(null, [DOOR, offset(DOOR, 90, 2_000)], SIZE);
  expect(nextView(first, [DOOR, offset(DOOR, 90, 1_700)], SIZE)).toBe(first);
  expect(nextView(first, [DOOR, offset(DOOR, 90, 5_000)], SIZE)).not.toBe(first);
  const near = nextView(first, [DOOR, offset(DOOR, 90, 400)], SIZE);
  expect(near.metres_per_px).toBeLessThan(first.metres_per_px / 2);
});

test.each([
  [0.8, 50],
  [1, 100],
  [2.5, 200],
  [20, 2_000],
  [60, 5_000],
])("at %d m per pixel the scale bar is %d m long", (metres_per_px, length_m) => {
  expect(scaleLength_m(metres_per_px)).toBe(length_m);
});

test("distances are told as people say them, with their direction", () => {
  expect([12, 340, 960, 1_240, 12_400].map(lengthWords)).toEqual(["10 m", "350 m", "1 km", "1.2 km", "12 km"]);
  expect(awayWords(DOOR, offset(DOOR, 45, 800))).toEqual({ distance: "800 m", direction: "northeast" });
  expect(awayWords(DOOR, offset(DOOR, 350, 800)).direction).toBe("north");
});
