import type { Feature } from "geojson";
import { expect, test } from "vitest";
import { incidentFeatures, sketchFeatures } from "./incident_style";

const A = { lat: 60, lon: 24 };
const B = { lat: 60, lon: 24.01 };
const C = { lat: 60, lon: 24.04 };
const SHAPE = { id: "in-1", kind: "slowdown", area: false, note: "×2", selected: true } as const;

function kinds(features: readonly { geometry: { type: string } }[]): string[] {
  return features.map(({ geometry }) => geometry.type);
}

function coordinates<Of>(feature: Feature | undefined): Of {
  return (feature as unknown as { geometry: { coordinates: Of } }).geometry.coordinates;
}

test("a line has its sign halfway along, not at its middle corner", () => {
  const [line, sign] = incidentFeatures([{ ...SHAPE, places: [A, B, C] }]);
  expect(line?.geometry.type).toBe("LineString");
  expect(coordinates<number[]>(sign)[0]).toBeCloseTo(24.02, 4);
  expect(sign?.properties).toEqual({ id: "in-1", kind: "slowdown", note: "×2", selected: 1 });
});

test("an area is a closed ring; what has no places is not drawn", () => {
  const [area] = incidentFeatures([{ ...SHAPE, area: true, places: [A, B, C] }]);
  const [ring] = coordinates<number[][][]>(area);
  expect(ring).toHaveLength(4);
  expect(ring?.[0]).toEqual(ring?.[3]);
  expect(incidentFeatures([{ ...SHAPE, places: [] }])).toEqual([]);
});

test("a sketch runs on to the pointer, and becomes an area with its third corner", () => {
  const sketch = { kind: "closure", area: true, corners: [A, B] } as const;
  expect(kinds(sketchFeatures(sketch, null))).toEqual(["LineString", "Point", "Point"]);
  expect(kinds(sketchFeatures(sketch, C))).toEqual(["Polygon", "Point", "Point"]);
  expect(kinds(sketchFeatures({ ...sketch, corners: [A] }, null))).toEqual(["Point"]);
  expect(sketchFeatures({ ...sketch, corners: [] }, C)).toEqual([]);
  expect(sketchFeatures(null, C)).toEqual([]);
});
