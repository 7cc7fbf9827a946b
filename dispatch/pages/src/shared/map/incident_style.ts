import type { Feature, Polygon } from "geojson";
import type { ExpressionSpecification, LayerSpecification } from "maplibre-gl";
import { Path, type Place } from "../geo/path";
import type { Shade } from "../theme";
import { BOLD } from "./base_style";
import type { Palette } from "./palette";

export type IncidentKind = "closure" | "slowdown" | "weather";

/** An incident as it was drawn: a line along streets, or the ring of an area. */
export interface IncidentShape {
  id: string;
  kind: IncidentKind;
  area: boolean;
  places: readonly Place[];
  /** What stands beside its sign, "×2"; may be empty. */
  note: string;
  selected: boolean;
}

/** An incident, or an area of the zone, that is being drawn. */
export interface Sketch {
  kind: IncidentKind | "area";
  area: boolean;
  corners: readonly Place[];
}

export const INCIDENTS = "incidents";
export const SKETCH = "sketch";
/** The layers in which a click finds an incident. Not its area: that may cover the whole city. */
export const INCIDENT_PICKABLE = ["incident-signs", "incident-closures", "incident-slowdowns", "incident-weather"];

const KIND: ExpressionSpecification = ["get", "kind"];
const ROUND = { "line-cap": "round", "line-join": "round" } as const;

/** Closures red and broken, slow-downs amber and whole, weather blue and dotted: told apart without colour too. */
function colours(p: Palette): ExpressionSpecification {
  return ["match", KIND, "closure", p.tone.late, "slowdown", p.tone.at_risk, "area", p.accent, p.weather];
}

/** Areas: below the routes. */
export function incidentAreas(p: Palette): LayerSpecification[] {
  const filter: ExpressionSpecification = ["==", ["geometry-type"], "Polygon"];
  const opacity: ExpressionSpecification = ["case", ["==", ["get", "selected"], 1], 0.26, 0.14];
  return [
    {
      id: "incident-areas",
      type: "fill",
      source: INCIDENTS,
      filter,
      paint: { "fill-color": colours(p), "fill-opacity": opacity },
    },
    {
      id: "sketch-area",
      type: "fill",
      source: SKETCH,
      filter,
      paint: { "fill-color": colours(p), "fill-opacity": 0.2 },
    },
  ];
}

/** Lines and edges of areas: above the routes, below the labels. */
export function incidentLines(p: Palette): LayerSpecification[] {
  const chosen = (more: number, less: number): ExpressionSpecification => [
    "case",
    ["==", ["get", "selected"], 1],
    more,
    less,
  ];
  const isLine: ExpressionSpecification = ["!=", ["geometry-type"], "Point"];
  const only = (kind: IncidentKind): ExpressionSpecification => ["all", isLine, ["==", KIND, kind]];
  return [
    {
      id: "incident-casing",
      type: "line",
      source: INCIDENTS,
      filter: ["all", isLine, ["!=", KIND, "weather"]],
      layout: ROUND,
      paint: { "line-color": p.surface, "line-width": chosen(12, 8), "line-opacity": 0.9 },
    },
    {
      id: "incident-slowdowns",
      type: "line",
      source: INCIDENTS,
      filter: only("slowdown"),
      layout: ROUND,
      paint: { "line-color": p.tone.at_risk, "line-width": chosen(6, 4) },
    },
    {
      id: "incident-closures",
      type: "line",
      source: INCIDENTS,
      filter: only("closure"),
      layout: { "line-cap": "butt", "line-join": "round" },
      paint: { "line-color": p.tone.late, "line-width": chosen(7, 5), "line-dasharray": [1.4, 0.8] },
    },
    {
      id: "incident-weather",
      type: "line",
      source: INCIDENTS,
      filter: only("weather"),
      layout: ROUND,
      paint: { "line-color": p.weather, "line-width": chosen(4, 3), "line-dasharray": [0.1, 2] },
    },
    {
      id: "sketch-line",
      type: "line",
      source: SKETCH,
      filter: isLine,
      layout: ROUND,
      paint: { "line-color": colours(p), "line-width": 4, "line-dasharray": [2, 1.5] },
    },
  ];
}

/** The signs of incidents and the corners of the sketch: above the labels, below the marks. */
export function incidentSigns(p: Palette, shade: Shade): LayerSpecification[] {
  const filter: ExpressionSpecification = ["==", ["geometry-type"], "Point"];
  return [
    {
      id: "incident-signs",
      type: "symbol",
      source: INCIDENTS,
      filter,
      layout: {
        "icon-image": ["concat", "incident-", KIND, `@${shade}`],
        "icon-size": ["interpolate", ["linear"], ["zoom"], 10, 0.7, 14, 1, 17, 1.2],
        "icon-allow-overlap": true,
        "text-field": ["get", "note"],
        "text-font": BOLD,
        "text-size": 13,
        "text-anchor": "left",
        "text-offset": [1.1, 0],
        "text-optional": true,
      },
      paint: { "text-color": p.ink, "text-halo-color": p.halo, "text-halo-width": 2 },
    },
    {
      id: "sketch-corners",
      type: "circle",
      source: SKETCH,
      filter,
      paint: {
        "circle-radius": 5,
        "circle-color": p.surface,
        "circle-stroke-color": colours(p),
        "circle-stroke-width": 2.5,
      },
    },
  ];
}

/** Each incident's shape, and its sign in the middle. */
export function incidentFeatures(shapes: readonly IncidentShape[]): Feature[] {
  return shapes.flatMap(({ id, kind, area, places, note, selected }): Feature[] => {
    const properties = { id, kind, note, selected: selected ? 1 : 0 };
    const middle = area ? centreOf(places) : halfwayAlong(places);
    if (!middle) return [];
    const sign: Feature = { type: "Feature", properties, geometry: { type: "Point", coordinates: lonLat(middle) } };
    return [{ type: "Feature", properties, geometry: geometryOf(places, area) }, sign];
  });
}

/** What has been drawn, with a line on to the pointer where there is one. */
export function sketchFeatures(sketch: Sketch | null, pointer: Place | null): Feature[] {
  if (!sketch || sketch.corners.length === 0) return [];
  const properties = { kind: sketch.kind };
  const path = pointer ? [...sketch.corners, pointer] : sketch.corners;
  const corners = sketch.corners.map(
    (place): Feature => ({ type: "Feature", properties, geometry: { type: "Point", coordinates: lonLat(place) } }),
  );
  if (path.length < 2) return corners;
  return [{ type: "Feature", properties, geometry: geometryOf(path, sketch.area && path.length > 2) }, ...corners];
}

function geometryOf(places: readonly Place[], area: boolean) {
  const line = places.map(lonLat);
  if (!area) return { type: "LineString" as const, coordinates: line };
  return { type: "Polygon" as const, coordinates: [[...line, ...line.slice(0, 1)]] } satisfies Polygon;
}

function lonLat({ lat, lon }: Place): [number, number] {
  return [lon, lat];
}

function centreOf(places: readonly Place[]): Place | null {
  const n = places.length;
  if (n === 0) return null;
  return {
    lat: places.reduce((sum, { lat }) => sum + lat, 0) / n,
    lon: places.reduce((sum, { lon }) => sum + lon, 0) / n,
  };
}

/** The middle of a line by its length: the middle corner may lie at one of its ends. */
function halfwayAlong(places: readonly Place[]): Place | null {
  if (places.length < 2) return null;
  const path = new Path(places);
  return path.at(path.length_m / 2);
}
