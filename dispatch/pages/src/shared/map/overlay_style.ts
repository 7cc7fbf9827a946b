import type { ExpressionSpecification, LayerSpecification } from "maplibre-gl";
import type { Shade } from "../theme";
import { BOLD } from "./base_style";
import type { Palette } from "./palette";

/** How a stretch of a route is drawn: beside the chosen one or without one, and the chosen one's three parts. */
export type RoutePart = "idle" | "faint" | "done" | "next" | "later";

/** The sources that the pages fill with what moves or changes; the chosen route changes most often. */
export const ROUTES = "routes";
export const CHOSEN = "chosen-route";
export const MARKS = "marks";
export const STOPS = "stops";
/** The layers in which a click may find something. */
export const PICKABLE = ["marks", "stops"];

const ROUND = { "line-cap": "round", "line-join": "round" } as const;

/** Lines below the labels. */
export function routeLayers(p: Palette): LayerSpecification[] {
  const width = (next: number, other: number): ExpressionSpecification => [
    "match",
    ["get", "part"],
    "next",
    next,
    other,
  ];
  return [
    {
      id: "routes",
      type: "line",
      source: ROUTES,
      layout: ROUND,
      paint: {
        "line-color": p.accentSoft,
        "line-width": 2,
        "line-opacity": ["match", ["get", "part"], "faint", 0.16, 0.5],
      },
    },
    {
      id: "chosen-casing",
      type: "line",
      source: CHOSEN,
      filter: ["!=", ["get", "part"], "done"],
      layout: ROUND,
      paint: { "line-color": p.surface, "line-width": width(9, 7), "line-opacity": 0.9 },
    },
    {
      id: "chosen",
      type: "line",
      source: CHOSEN,
      layout: ROUND,
      paint: {
        "line-color": ["match", ["get", "part"], "next", p.accent, p.accentSoft],
        "line-width": width(5.5, 3.5),
        "line-opacity": ["match", ["get", "part"], "done", 0.35, 1],
      },
    },
  ];
}

/** Of their full size: where they are many, a city of them is a pattern that is read as a whole, and cheap to paint. */
export function markSize(isMany: boolean): ExpressionSpecification {
  const isSmall: ExpressionSpecification = [
    "all",
    isMany,
    ["==", ["get", "kind"], "order"],
    ["==", ["get", "selected"], 0],
  ];
  const size = (small: number, full: number): ExpressionSpecification => ["case", isSmall, small, full];
  return ["interpolate", ["linear"], ["zoom"], 10, size(0.3, 0.6), 13, size(0.45, 0.85), 16, 1.1];
}

/** Depots, orders and numbered stops, above everything of the base map. */
export function markLayers(p: Palette, shade: Shade, isMany: boolean): LayerSpecification[] {
  return [
    {
      id: "marks-halo",
      type: "circle",
      source: MARKS,
      filter: ["==", ["get", "selected"], 1],
      paint: { "circle-radius": 16, "circle-color": p.accent, "circle-opacity": 0.28 },
    },
    {
      id: "marks",
      type: "symbol",
      source: MARKS,
      layout: {
        "icon-image": ["concat", ["get", "mark"], `@${shade}`],
        "icon-size": markSize(isMany),
        "icon-anchor": ["match", ["get", "mark"], "home", "bottom", "center"],
        "icon-allow-overlap": true,
        "icon-ignore-placement": true,
        "symbol-sort-key": ["get", "rank"],
      },
    },
    {
      id: "stops",
      type: "circle",
      source: STOPS,
      paint: {
        "circle-radius": 10,
        "circle-color": ["case", ["==", ["get", "kind"], "pickup"], p.ink, p.accent],
        "circle-stroke-color": p.surface,
        "circle-stroke-width": 2,
      },
    },
    {
      id: "stop-numbers",
      type: "symbol",
      source: STOPS,
      layout: {
        "text-field": ["get", "number"],
        "text-font": BOLD,
        "text-size": 12,
        "text-allow-overlap": true,
        "text-ignore-placement": true,
      },
      paint: { "text-color": p.surface },
    },
  ];
}
