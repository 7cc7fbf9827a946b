import { expect, test } from "vitest";
import { aFix } from "../testing/views";
import { Glide, type Shown } from "./glide";
import { distance_m, offset, Path, type Place } from "./path";

const START = { lat: 60.17, lon: 24.94 };
const CORNER = offset(START, 90, 100);
/** 100 m east, then 400 m north. */
const ROAD = new Path([START, CORNER, offset(CORNER, 0, 400)]);
const FRAME_MS = 16;

function fixAt(place: Place, seq: number, at_ms: number, speed_mps: number | null = 10) {
  return aFix({ lat: place.lat, lon: place.lon, seq, at_ms, speed_mps });
}

/** Run the frames up to a business time (rate 1) and return every picture. */
function run(glide: Glide, from_ms: number, to_ms: number): Shown[] {
  const shown: Shown[] = [];
  for (let now_ms = from_ms; now_ms <= to_ms; now_ms += FRAME_MS) {
    const place = glide.step(now_ms, FRAME_MS);
    if (place) shown.push(place);
  }
  return shown;
}

function along(shown: Shown | undefined): number {
  return shown ? ROAD.project(shown).along_m : Number.NaN;
}

test("between fixes the marker follows the road round the corner, not the straight line", () => {
  const glide = new Glide();
  glide.follow(ROAD);
  glide.take(fixAt(ROAD.at(70), 1, 0));
  const shown = run(glide, 0, 5_000);
  for (const place of shown) expect(ROAD.project(place).off_m).toBeLessThan(1);
  expect(along(shown.at(-1))).toBeGreaterThan(105);
  expect(shown.at(-1)?.heading_deg).toBeCloseTo(0, 0);
});

test("it runs ahead for one reporting interval at most, and then waits", () => {
  const glide = new Glide();
  glide.follow(ROAD);
  glide.take(fixAt(ROAD.at(0), 1, 0));
  const shown = run(glide, 0, 60_000);
  expect(along(shown.at(-1))).toBeCloseTo(50, 0);
  expect(glide.still).toBe(true);
});

test("a fix behind the guess makes it wait; it never reverses", () => {
  const glide = new Glide();
  glide.follow(ROAD);
  glide.take(fixAt(ROAD.at(0), 1, 0));
  const before = run(glide, 0, 5_000);
  glide.take(fixAt(ROAD.at(20), 2, 5_000, 0));
  const after = run(glide, 5_000, 9_000);
  const measures = [...before, ...after].map(along);
  for (let i = 1; i < measures.length; i++) expect(measures[i]).toBeGreaterThanOrEqual((measures[i - 1] ?? 0) - 0.1);
});

test("off the road it goes straight, in the direction that the device told", () => {
  const glide = new Glide();
  const place = offset(START, 180, 300);
  glide.follow(ROAD);
  glide.take({ ...fixAt(place, 1, 0), heading_deg: 180 });
  const shown = run(glide, 0, 3_000);
  expect(shown.at(-1)?.heading_deg).toBe(180);
  expect(distance_m(shown.at(-1) ?? place, place)).toBeGreaterThan(20);
  expect(glide.along_m).toBeNull();
});

test("without a told speed it is learned from two fixes", () => {
  const glide = new Glide();
  glide.follow(ROAD);
  glide.take(fixAt(ROAD.at(100), 1, 0, null));
  run(glide, 0, 1_000);
  glide.take(fixAt(ROAD.at(150), 2, 5_000, null));
  expect(along(run(glide, 5_000, 10_000).at(-1))).toBeCloseTo(200, -1);
});

test("for readers who want no motion it stands at the last fix", () => {
  const glide = new Glide();
  glide.follow(ROAD);
  glide.take(fixAt(ROAD.at(30), 1, 0));
  expect(along(glide.step(4_000, FRAME_MS, true) ?? undefined)).toBeCloseTo(30, 0);
});

test("a new route is joined where the marker stands", () => {
  const glide = new Glide();
  glide.follow(ROAD);
  glide.take(fixAt(ROAD.at(30), 1, 0));
  const last = run(glide, 0, 2_000).at(-1);
  glide.follow(new Path([ROAD.at(25), ROAD.at(60), offset(ROAD.at(60), 180, 200)]));
  const next = glide.step(2_016, FRAME_MS);
  expect(last && next ? distance_m(last, next) : 99).toBeLessThan(3);
});
