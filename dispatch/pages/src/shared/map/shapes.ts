import type { Feature, LineString } from "geojson";
import { LngLatBounds } from "maplibre-gl";
import type { Place } from "../geo/path";
import type { CityInfo } from "./base_style";
import type { PartLine } from "./dispatch_map";

/** Those parts that have a length. */
export function lines(routes: readonly PartLine[]): Feature[] {
  return routes
    .filter((route) => route.places.length > 1)
    .map(({ part, places }) => ({
      type: "Feature",
      properties: { part },
      geometry: lineOf(places),
    }));
}

export function lineOf(places: readonly Place[]): LineString {
  return { type: "LineString", coordinates: places.map(({ lon, lat }) => [lon, lat]) };
}

export function boundsOf(places: readonly Place[]): LngLatBounds {
  return places.reduce((box, { lon, lat }) => box.extend([lon, lat]), new LngLatBounds());
}

export function point(place: Place, properties: Record<string, string | number>): Feature {
  return { type: "Feature", properties, geometry: { type: "Point", coordinates: [place.lon, place.lat] } };
}

/** The city and as much again on every side: nobody gets lost beyond the edge of the data. */
export function around({ west, south, east, north }: CityInfo["box"]): [number, number, number, number] {
  const width = east - west;
  const height = north - south;
  return [west - width, south - height, east + width, north + height];
}
