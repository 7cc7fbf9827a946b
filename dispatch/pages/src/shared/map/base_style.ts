import type {
  DataDrivenPropertyValueSpecification,
  ExpressionSpecification,
  LayerSpecification,
  StyleSpecification,
} from "maplibre-gl";
import type { Lang } from "../i18n";
import type { Palette } from "./palette";

/** What `GET /v1/city` tells of the city. */
export interface CityInfo {
  id: string;
  name: string;
  box: { south: number; west: number; north: number; east: number };
  centre: { lat: number; lon: number };
  attribution: string;
  basemap: string;
}

/** The style names no `glyphs`, so MapLibre draws every label with these fonts of the reader's machine. */
const FONT = ["system-ui", "PingFang SC", "Noto Sans CJK SC", "Noto Sans SC", "Segoe UI"];
/** MapLibre reads the weight out of the first name; a family of that name exists nowhere, so the next one is used. */
export const BOLD = ["Bold", ...FONT];

type Widths = readonly (readonly [zoom: number, px: number])[];

const ROADS: readonly { kind: string; from: number; widths: Widths }[] = [
  {
    kind: "minor",
    from: 12,
    widths: [
      [12, 0.5],
      [14, 2],
      [16, 7],
      [19, 26],
    ],
  },
  {
    kind: "medium",
    from: 11,
    widths: [
      [11, 0.6],
      [13, 2],
      [16, 9],
      [19, 32],
    ],
  },
  {
    kind: "major",
    from: 10,
    widths: [
      [10, 0.8],
      [13, 3],
      [16, 12],
      [19, 38],
    ],
  },
  {
    kind: "motorway",
    from: 8,
    widths: [
      [8, 0.8],
      [12, 2.5],
      [16, 13],
      [19, 40],
    ],
  },
];

/** The base map of one city: quiet land, white roads with a soft casing, pale water, grey labels. */
export function baseStyle(city: CityInfo, palette: Palette, lang: Lang): StyleSpecification {
  return {
    version: 8,
    sources: {
      base: { type: "vector", url: `pmtiles://${location.origin}${city.basemap}` },
    },
    layers: [...ground(palette), ...roads(palette), ...buildings(palette), ...labels(palette, lang)],
  };
}

/** Overlays of lines go under the first label, so that names stay readable. */
export const FIRST_LABEL = "road-labels";
export const BUILDINGS_3D = "buildings-3d";

function ground(p: Palette): LayerSpecification[] {
  const landuse: ExpressionSpecification = [
    "match",
    ["get", "kind"],
    ["park", "grass"],
    p.green,
    "wood",
    p.wood,
    "pitch",
    p.pitch,
    "sand",
    p.sand,
    ["commercial", "industrial", "campus", "pedestrian"],
    p.built,
    p.land,
  ];
  const waterWidth = byZoom([
    [9, 0.6],
    [13, 2],
    [16, 8],
  ]);
  return [
    { id: "land", type: "background", paint: { "background-color": p.land } },
    { id: "landuse", type: "fill", source: "base", "source-layer": "landuse", paint: { "fill-color": landuse } },
    {
      id: "water",
      type: "fill",
      source: "base",
      "source-layer": "water",
      filter: ["==", ["geometry-type"], "Polygon"],
      paint: { "fill-color": p.water },
    },
    {
      id: "streams",
      type: "line",
      source: "base",
      "source-layer": "water",
      filter: ["==", ["geometry-type"], "LineString"],
      layout: { "line-cap": "round" },
      paint: { "line-color": p.water, "line-width": waterWidth },
    },
  ];
}

function roads(p: Palette): LayerSpecification[] {
  const casings = ROADS.map(({ kind, from, widths }) =>
    road(
      `${kind}-casing`,
      kind,
      from,
      p.casing,
      widths.map(([zoom, px]) => [zoom, px + Math.min(2, 0.6 + px * 0.2)]),
    ),
  );
  const fills = ROADS.map(({ kind, from, widths }) =>
    road(kind, kind, from, kind === "motorway" ? p.motorway : p.road, widths),
  );
  return [
    road("service", "service", 14, p.road, [
      [14, 0.6],
      [16, 3],
      [19, 12],
    ]),
    {
      ...road("path", "path", 14, p.path, [
        [14, 0.6],
        [17, 1.6],
      ]),
      paint: dashed(
        p.path,
        [
          [14, 0.6],
          [17, 1.6],
        ],
        [2, 2],
      ),
    },
    {
      ...road("rail", "rail", 12, p.rail, [
        [12, 0.5],
        [16, 1.4],
      ]),
      paint: dashed(
        p.rail,
        [
          [12, 0.5],
          [16, 1.4],
        ],
        [5, 2],
      ),
    },
    ...casings,
    ...fills,
  ] as LayerSpecification[];
}

function road(id: string, kind: string, minzoom: number, colour: string, widths: Widths): LayerSpecification {
  return {
    id: `road-${id}`,
    type: "line",
    source: "base",
    "source-layer": "roads",
    minzoom,
    filter: ["==", ["get", "kind"], kind],
    layout: { "line-cap": "round", "line-join": "round" },
    paint: { "line-color": colour, "line-width": byZoom(widths) },
  };
}

function dashed(colour: string, widths: Widths, dash: number[]) {
  return { "line-color": colour, "line-width": byZoom(widths), "line-dasharray": dash };
}

function buildings(p: Palette): LayerSpecification[] {
  return [
    {
      id: "buildings",
      type: "fill",
      source: "base",
      "source-layer": "buildings",
      minzoom: 14,
      paint: { "fill-color": p.building, "fill-outline-color": p.buildingEdge, "fill-opacity": fade(14, 15) },
    },
    {
      id: BUILDINGS_3D,
      type: "fill-extrusion",
      source: "base",
      "source-layer": "buildings",
      minzoom: 14,
      layout: { visibility: "none" },
      paint: {
        "fill-extrusion-color": p.building,
        "fill-extrusion-height": ["coalesce", ["get", "height"], 8],
        "fill-extrusion-opacity": 0.85,
      },
    },
  ];
}

function labels(p: Palette, lang: Lang): LayerSpecification[] {
  const name: ExpressionSpecification = ["coalesce", ["get", `name_${lang}`], ["get", "name"]];
  const halo = { "text-halo-color": p.halo, "text-halo-width": 1.4 };
  return [
    {
      id: FIRST_LABEL,
      type: "symbol",
      source: "base",
      "source-layer": "roads",
      minzoom: 13,
      filter: ["match", ["get", "kind"], ["motorway", "major", "medium", "minor"], true, false],
      layout: {
        "symbol-placement": "line",
        "symbol-spacing": 320,
        "text-field": name,
        "text-font": FONT,
        "text-size": byZoom([
          [13, 10],
          [17, 13],
        ]),
        "text-max-angle": 32,
        "text-padding": 6,
      },
      paint: { "text-color": p.label, ...halo },
    },
    {
      id: "water-labels",
      type: "symbol",
      source: "base",
      "source-layer": "water",
      minzoom: 12,
      filter: ["has", "name"],
      layout: { "text-field": name, "text-font": FONT, "text-size": 11, "text-padding": 12, "text-max-width": 7 },
      paint: { "text-color": p.waterLabel, ...halo },
    },
    place("shop", 16, 11, FONT, name, p.faint, p),
    place("park", 13, 11, FONT, name, p.faint, p),
    place("station", 13, 11, BOLD, name, p.label, p),
    place("district", 10, 13, BOLD, name, p.label, p),
    {
      id: "house-numbers",
      type: "symbol",
      source: "base",
      "source-layer": "addresses",
      minzoom: 17,
      layout: { "text-field": ["get", "number"], "text-font": FONT, "text-size": 10, "text-padding": 4 },
      paint: { "text-color": p.faint, ...halo },
    },
  ];
}

function place(
  kind: string,
  minzoom: number,
  size: number,
  font: string[],
  name: ExpressionSpecification,
  colour: string,
  p: Palette,
): LayerSpecification {
  return {
    id: `place-${kind}`,
    type: "symbol",
    source: "base",
    "source-layer": "places",
    minzoom,
    filter: ["==", ["get", "kind"], kind],
    layout: { "text-field": name, "text-font": font, "text-size": size, "text-max-width": 8, "text-padding": 8 },
    paint: { "text-color": colour, "text-halo-color": p.halo, "text-halo-width": 1.4 },
  };
}

function byZoom(steps: Widths): DataDrivenPropertyValueSpecification<number> {
  return ["interpolate", ["exponential", 1.5], ["zoom"], ...steps.flat()] as ExpressionSpecification;
}

function fade(from: number, to: number): DataDrivenPropertyValueSpecification<number> {
  return ["interpolate", ["linear"], ["zoom"], from, 0, to, 1];
}
