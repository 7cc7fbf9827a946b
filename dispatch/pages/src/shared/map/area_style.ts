import type { Feature } from "geojson";
import type { ExpressionSpecification, LayerSpecification } from "maplibre-gl";
import type { Place } from "../geo/path";
import { BOLD } from "./base_style";
import type { Palette } from "./palette";

/** A part of the zone: its border, without the first corner at the end. */
export interface AreaShape {
  id: string;
  name: string;
  ring: readonly Place[];
  selected: boolean;
}

export const AREAS = "areas";
export const AREA_PICKABLE = ["area-names"];

const chosen = (more: number, less: number): ExpressionSpecification => [
  "case",
  ["==", ["get", "selected"], 1],
  more,
  less,
];

/** Quiet ground below everything that moves: dashes and a name, and hardly any colour. */
export function areaLayers(p: Palette): LayerSpecification[] {
  return [
    {
      id: "areas",
      type: "fill",
      source: AREAS,
      paint: { "fill-color": p.accent, "fill-opacity": chosen(0.16, 0.05) },
    },
    {
      id: "area-borders",
      type: "line",
      source: AREAS,
      layout: { "line-join": "round" },
      paint: {
        "line-color": p.accent,
        "line-width": chosen(2.5, 1.5),
        "line-opacity": 0.7,
        "line-dasharray": [4, 2.5],
      },
    },
  ];
}

/** Their names: above the labels of the base map. */
export function areaNames(p: Palette): LayerSpecification[] {
  return [
    {
      id: "area-names",
      type: "symbol",
      source: AREAS,
      layout: {
        "text-field": ["get", "name"],
        "text-font": BOLD,
        "text-size": 14,
        "symbol-placement": "point",
        "text-max-width": 8,
      },
      paint: { "text-color": p.accent, "text-halo-color": p.halo, "text-halo-width": 2 },
    },
  ];
}

export function areaFeatures(shapes: readonly AreaShape[]): Feature[] {
  return shapes.map(({ id, name, ring, selected }) => {
    const line = ring.map(({ lat, lon }) => [lon, lat]);
    return {
      type: "Feature",
      properties: { id, name, selected: selected ? 1 : 0 },
      geometry: { type: "Polygon", coordinates: [[...line, ...line.slice(0, 1)]] },
    };
  });
}
