import { expect, test } from "vitest";
import { clockTime } from "../shared/format";
import {
  type Draft,
  drawingHint,
  factorWords,
  finished,
  type Incident,
  isDrawn,
  lengthWords,
  NEW_DRAFT,
  placesOf,
  reportOf,
  shapesOf,
  stepBack,
  timeWords,
  trafficTrouble,
  withCorner,
  withKind,
  withoutLastCorner,
  withProfile,
} from "./traffic";

const NOW_MS = Date.UTC(2026, 0, 5, 12, 0);
const HERE = { lat: 60.17, lon: 24.94 };
const THERE = { lat: 60.171, lon: 24.94 };
const YONDER = { lat: 60.171, lon: 24.95 };

function anIncident(given: Partial<Incident> = {}): Incident {
  return {
    id: "in-1",
    kind: "closure",
    reason: "Roadworks",
    geometry: {
      type: "LineString",
      coordinates: [
        [24.94, 60.17],
        [24.94, 60.171],
      ],
    },
    factor: 1,
    both_ways: true,
    profiles: [],
    from_ms: NOW_MS,
    until_ms: 0,
    by: "dispatcher:ann",
    edges: 4,
    length_m: 111,
    ...given,
  };
}

function drawn(draft: Draft, ...corners: { lat: number; lon: number }[]): Draft {
  return corners.reduce(withCorner, draft);
}

// --- what is on the streets -----------------------------------------------------------------------------------------

test("a ring is drawn with each of its corners once, and what names edges is not drawn", () => {
  const ring = [
    [24.94, 60.17],
    [24.95, 60.17],
    [24.95, 60.18],
    [24.94, 60.17],
  ] as const;
  const area = anIncident({
    id: "area",
    kind: "weather",
    factor: 1.5,
    geometry: { type: "Polygon", coordinates: [ring] },
  });
  expect(placesOf(area)).toHaveLength(3);
  const shapes = shapesOf([anIncident(), area, anIncident({ id: "edges", geometry: null })], "area");
  expect(shapes.map(({ id, area, note, selected }) => [id, area, note, selected])).toEqual([
    ["in-1", false, "", false],
    ["area", true, "×1.5", true],
  ]);
});

test("how long it lasts, how much street it is and how slow it makes rides are told in words", () => {
  const clock = clockTime(NOW_MS);
  expect(timeWords(anIncident({ until_ms: NOW_MS + 1_800_000 }), NOW_MS)).toBe(
    `${clock}–${clockTime(NOW_MS + 1_800_000)}`,
  );
  expect(timeWords(anIncident(), NOW_MS)).toBe(`since ${clock}, until ended`);
  expect(timeWords(anIncident(), NOW_MS - 1)).toBe(`from ${clock}, until ended`);
  expect([lengthWords(419.6), lengthWords(1234)]).toEqual(["420 m", "1.2 km"]);
  expect(factorWords(2)).toBe("rides take 2 times as long");
});

// --- a report -------------------------------------------------------------------------------------------------------

test("a line has two places and an area three before it can be finished", () => {
  const line = drawn(NEW_DRAFT, HERE);
  expect([isDrawn(line), finished(line).step]).toEqual([false, "drawing"]);
  const telling = finished(drawn(line, THERE));
  expect(telling.step).toBe("telling");
  expect([stepBack(telling)?.step, stepBack(stepBack(telling))]).toEqual(["drawing", null]);
  const area = withKind(NEW_DRAFT, "weather");
  expect(area.area).toBe(true);
  expect(isDrawn(drawn(area, HERE, THERE))).toBe(false);
  expect(isDrawn(drawn(area, HERE, THERE, YONDER))).toBe(true);
});

test("a tap on the same spot is no new corner; the last one can be taken back", () => {
  const line = drawn(NEW_DRAFT, HERE, HERE, THERE);
  expect(line.corners).toEqual([HERE, THERE]);
  expect(withoutLastCorner(line).corners).toEqual([HERE]);
  expect(withoutLastCorner(NEW_DRAFT).corners).toEqual([]);
});

test("the hint says what is left to do", () => {
  const area = withKind(NEW_DRAFT, "weather");
  const hints = [NEW_DRAFT, drawn(NEW_DRAFT, HERE), drawn(area, HERE), drawn(NEW_DRAFT, HERE, THERE)].map(drawingHint);
  expect(hints).toEqual([
    "Click on the map where it begins, then along the street.",
    "One more point.",
    "2 more points.",
    "Go on, or finish: by the button or a double click.",
  ]);
});

test("another kind leaves what was drawn as it is", () => {
  expect(withKind(drawn(NEW_DRAFT, HERE), "weather").area).toBe(false);
});

test("a closed street is reported as a line, without a factor, and ends by the clock", () => {
  const draft = { ...drawn(NEW_DRAFT, HERE, THERE), reason: " works ", both_ways: false };
  expect(reportOf(draft, "default", NOW_MS + 0.5)).toEqual({
    kind: "closure",
    reason: "works",
    geometry: {
      type: "LineString",
      coordinates: [
        [24.94, 60.17],
        [24.94, 60.171],
      ],
    },
    both_ways: false,
    until_ms: NOW_MS + 1 + 3_600_000,
    zone: "default",
  });
});

test("weather is reported as a closed ring, with its factor, for some vehicles, until it is ended", () => {
  const area = withProfile(withProfile(withKind(NEW_DRAFT, "weather"), "bike", true), "foot", true);
  const draft = { ...drawn(withProfile(area, "foot", false), HERE, THERE, YONDER), reason: "rain", until_min: 0 };
  expect(reportOf(draft, "default", NOW_MS)).toEqual({
    kind: "weather",
    reason: "rain",
    geometry: {
      type: "Polygon",
      coordinates: [
        [
          [24.94, 60.17],
          [24.94, 60.171],
          [24.95, 60.171],
          [24.94, 60.17],
        ],
      ],
    },
    factor: 2,
    profiles: ["bike"],
    zone: "default",
  });
});

test("what the server refuses is told in the reader's words, and what it does not know in its own", () => {
  const told = (code: string) => trafficTrouble({ kind: "refused", detail: "Off.", code });
  expect(told("off_map")).toContain("there is no street there");
  expect(told("cuts_network")).toContain("cut off too much");
  expect(told("something_new")).toContain("Off.");
  expect(trafficTrouble({ kind: "done" })).toBe("");
});
