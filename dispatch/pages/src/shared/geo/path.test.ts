import { expect, test } from "vitest";
import { bearing_deg, decodePolyline6, distance_m, offset, Path } from "./path";

const A = { lat: 60.17, lon: 24.94 };

test("an encoded polyline of precision 6 is decoded, and a broken tail is dropped", () => {
  // Encoded from (38.5, -120.2), (40.7, -120.95), (43.252, -126.453).
  const text = "_izlhA~rlgdF_{geC~ywl@_kwzCn`{nI";
  const expected = [
    [38.5, -120.2],
    [40.7, -120.95],
    [43.252, -126.453],
  ];
  expect(decodePolyline6(text).map(({ lat, lon }) => [lat, lon])).toEqual(expected);
  expect(decodePolyline6(text.slice(0, -1))).toHaveLength(2);
  expect(decodePolyline6("")).toEqual([]);
});

test("going somewhere and measuring it agree", () => {
  for (const heading of [0, 45, 135, 270]) {
    const b = offset(A, heading, 500);
    expect(distance_m(A, b)).toBeCloseTo(500, 0);
    expect(bearing_deg(A, b)).toBeCloseTo(heading, 0);
  }
});

test("a path is measured from its start and cut where asked", () => {
  const corner = offset(A, 90, 300);
  const path = new Path([A, corner, offset(corner, 0, 200)]);
  expect(path.length_m).toBeCloseTo(500, 0);
  expect(distance_m(path.at(300), corner)).toBeLessThan(0.5);
  expect(path.heading_deg(100)).toBeCloseTo(90, 0);
  expect(path.heading_deg(400)).toBeCloseTo(0, 0);
  expect(path.slice(100, 400)).toHaveLength(3);
  expect(path.slice(400, 100)).toEqual([]);
  expect(path.at(-10)).toEqual(path.places[0]);
  expect(distance_m(path.at(9_999), path.places[2] ?? A)).toBeLessThan(0.5);
});

test("a place beside the path is projected onto it", () => {
  const path = new Path([A, offset(A, 90, 400)]);
  const beside = offset(offset(A, 90, 150), 0, 12);
  const found = path.project(beside);
  expect(found.along_m).toBeCloseTo(150, 0);
  expect(found.off_m).toBeCloseTo(12, 0);
});

test("on a road that is travelled twice, where we last were decides", () => {
  const end = offset(A, 90, 1_000);
  const path = new Path([A, end, offset(A, 0, 5)]);
  const place = offset(A, 90, 300);
  expect(path.project(place, 280).along_m).toBeCloseTo(300, 0);
  expect(path.project(place, 1_680).along_m).toBeCloseTo(1_700, -1);
});
