import type { Feature, FeatureCollection } from "geojson";
import {
  addProtocol,
  type GeoJSONSource,
  Map as MapLibre,
  type MapMouseEvent,
  type MapTouchEvent,
  prewarm,
  type StyleSpecification,
  setWorkerUrl,
} from "maplibre-gl";
import workerUrl from "maplibre-gl/dist/maplibre-gl-worker.mjs?url";
import { Protocol } from "pmtiles";
import type { Place } from "../geo/path";
import type { Lang } from "../i18n";
import type { Cluster, View } from "../protocol/messages";
import type { Shade } from "../theme";
import { AREA_PICKABLE, AREAS, type AreaShape, areaFeatures, areaLayers, areaNames } from "./area_style";
import { BUILDINGS_3D, baseStyle, type CityInfo, FIRST_LABEL } from "./base_style";
import { ClusterLayer, type ClusterWords } from "./cluster_layer";
import { CourierLayer, type CourierLayerOptions } from "./courier_layer";
import { FeatureSource, isAlike } from "./feature_source";
import {
  INCIDENT_PICKABLE,
  INCIDENTS,
  type IncidentShape,
  incidentAreas,
  incidentFeatures,
  incidentLines,
  incidentSigns,
  SKETCH,
  type Sketch,
  sketchFeatures,
} from "./incident_style";
import { drawMark } from "./marks";
import {
  CHOSEN,
  MARKS,
  markLayers,
  markSize,
  PICKABLE,
  ROUTES,
  type RoutePart,
  routeLayers,
  STOPS,
} from "./overlay_style";
import { Painting } from "./painting";
import { paletteOf } from "./palette";
import { around, boundsOf, lineOf, lines, point } from "./shapes";

/** A point of the map that stands still: a depot, an order, the shopper's home. */
export interface Mark extends Place {
  id: string;
  kind: "order" | "depot" | "home";
  /** The picture: a name of `marks.ts`. */
  mark: string;
  /** Greater lies on top. */
  rank: number;
  selected: boolean;
}

export interface StopMark extends Place {
  id: string;
  kind: "pickup" | "dropoff";
  number: string;
}

export interface PartLine {
  part: RoutePart;
  places: readonly Place[];
}

/** A courier's route as one line. */
export interface RouteLine extends PartLine {
  id: string;
}

/** CSS pixels at each side that something else covers, or that are to stay free. */
export interface Padding {
  top: number;
  right: number;
  bottom: number;
  left: number;
}

export interface Picked {
  kind: "order" | "depot" | "courier" | "home" | "stop" | "incident" | "area";
  id: string;
}

/** Where the window was pressed, and whether by a finger. */
export interface Pressed {
  x: number;
  y: number;
  touch: boolean;
}

/** Somebody draws: as long as that is so, a click is a corner and selects nothing. */
export interface Pen {
  onCorner(place: Place): void;
  /** A double click. */
  onEnd(): void;
}

export interface MapOptions extends CourierLayerOptions {
  container: HTMLElement;
  city: CityInfo;
  /** What is to be seen first; the whole city when there is nothing yet. */
  view: { places: readonly Place[]; padding: Padding };
  shade: Shade;
  lang: Lang;
  /** A click on something, or on nothing. */
  onPick(picked: Picked | null): void;
  /** Somebody presses on something; true: they may carry it away, and the map stays where it is. */
  onGrab?(picked: Picked, at: Pressed): boolean;
  /** The first whole picture of the base map is on the screen. */
  onPainted(): void;
  /** Where couriers are so many that they come as clusters. */
  clusterWords?: ClusterWords;
  /** The reader moved the map. */
  onMovedByHand?(): void;
  /** The map has come to rest somewhere, by whatever moved it. */
  onMoved?(): void;
  onResized?(): void;
}

type Collection = FeatureCollection;

const EMPTY: Collection = { type: "FeatureCollection", features: [] };
const CAMERA_MS = 450;
const PICK_SLACK_PX = 7;
const MAX_ZOOM_FIT = 16.5;
const LEAST_ZOOM_SHOWN = 13.5;
/** How much closer a click on a cluster leads. */
const CLUSTER_ZOOM_STEP = 2;
/** Of the screen's size: what is around it is looked at too, so that small steps aside show it at once. */
const VIEW_MARGIN = 0.15;
const MAX_VIEW_ZOOM = 24;
/** More marks than this are many until they are fewer than that. */
const MANY = { from: 600, until: 500 };

setWorkerUrl(workerUrl);
addProtocol("pmtiles", new Protocol().tile);
// The workers start while the main thread is still busy with the WebGL context: about half a second on a slow machine.
prewarm();

/** The live map of one city: the base map, the marks and routes on it, and the couriers above. */
export class DispatchMap {
  readonly couriers: CourierLayer;
  private readonly map: MapLibre;
  private readonly data = {
    [AREAS]: EMPTY,
    [INCIDENTS]: EMPTY,
    [CHOSEN]: EMPTY,
    [STOPS]: EMPTY,
    [SKETCH]: EMPTY,
  };
  private readonly marks = new FeatureSource<Mark>(
    () => this.map.getSource<GeoJSONSource>(MARKS),
    ({ kind, id }) => `${kind} ${id}`,
    isAlike,
    ({ id, kind, mark, rank, selected, lon, lat }) => ({
      properties: { id, kind, mark, rank, selected: selected ? 1 : 0 },
      geometry: { type: "Point", coordinates: [lon, lat] },
    }),
  );
  private readonly routes = new FeatureSource<RouteLine>(
    () => this.map.getSource<GeoJSONSource>(ROUTES),
    ({ id }) => id,
    isAlike,
    ({ part, places }) => ({ properties: { part }, geometry: lineOf(places) }),
  );
  private readonly painting: Painting;
  private clusters: ClusterLayer | null = null;
  private isMany = false;
  private pen: Pen | null = null;
  private sketch: Sketch | null = null;
  private pointer: Place | null = null;
  private shade: Shade;
  private lang: Lang;

  /** Throws when the browser has no WebGL. */
  constructor(private readonly options: MapOptions) {
    const {
      view,
      city: { box },
    } = options;
    this.shade = options.shade;
    this.lang = options.lang;
    this.map = new MapLibre({
      container: options.container,
      style: this.style(),
      // The right view from the start: tiles of another one would be fetched and drawn for nothing.
      bounds: view.places.length > 0 ? boundsOf(view.places) : [box.west, box.south, box.east, box.north],
      fitBoundsOptions: { padding: view.padding, maxZoom: MAX_ZOOM_FIT },
      maxBounds: around(box),
      attributionControl: false,
      // Labels come and go at once: fading them would draw the whole map again for every frame of it.
      fadeDuration: 0,
      maxPitch: 60,
      renderWorldCopies: false,
    });
    this.painting = new Painting(this.map, [MARKS, ROUTES]);
    this.couriers = new CourierLayer(this.map, options);
    this.couriers.setShade(options.shade);
    this.listen();
  }

  setLooks(shade: Shade, lang: Lang): void {
    if (shade === this.shade && lang === this.lang) return;
    this.shade = shade;
    this.lang = lang;
    this.map.setStyle(this.style());
    this.couriers.setShade(shade);
    this.clusters?.setShade(shade);
  }

  setMarks(marks: readonly Mark[]): void {
    const isMany = marks.length > (this.isMany ? MANY.until : MANY.from);
    if (isMany !== this.isMany && this.map.getLayer("marks")) {
      this.isMany = isMany;
      this.map.setLayoutProperty("marks", "icon-size", markSize(isMany));
    }
    if (this.marks.show(marks)) this.painting.changed();
  }

  /** Whether marks and routes may change again, for what it took to show the last ones. */
  get isRested(): boolean {
    return this.painting.isRested;
  }

  setStops(stops: readonly StopMark[]): void {
    this.fill(
      STOPS,
      stops.map(({ id, kind, number, ...place }) => point(place, { id, kind, number })),
    );
  }

  /** Everybody's routes. */
  setRoutes(routes: readonly RouteLine[]): void {
    if (this.routes.show(routes.filter(({ places }) => places.length > 1))) this.painting.changed();
  }

  /** The route that is shown in full. */
  setChosenRoute(parts: readonly PartLine[]): void {
    this.fill(CHOSEN, lines(parts));
  }

  /** The circles that stand for couriers where they are too many. */
  setClusters(clusters: readonly Cluster[]): void {
    const { clusterWords } = this.options;
    // Most maps never have any, and need no canvas for them
    if (clusterWords && clusters.length > 0) this.clusters ??= new ClusterLayer(this.map, clusterWords, this.shade);
    this.clusters?.show(clusters);
  }

  /** What is on the screen, with a margin around it; null while there is no screen. */
  view(): View | null {
    const { clientWidth, clientHeight } = this.map.getContainer();
    if (clientWidth === 0 || clientHeight === 0) return null;
    const box = this.map.getBounds();
    const [south, west, north, east] = [box.getSouth(), box.getWest(), box.getNorth(), box.getEast()];
    const [high, wide] = [(north - south) * VIEW_MARGIN, (east - west) * VIEW_MARGIN];
    return {
      south: Math.max(-90, south - high),
      west: Math.max(-180, west - wide),
      north: Math.min(90, north + high),
      east: Math.min(180, east + wide),
      // MapLibre's world is 512 px wide at zoom 0, the protocol's 256 px
      zoom: Math.max(0, Math.min(MAX_VIEW_ZOOM, this.map.getZoom() + 1)),
    };
  }

  /** The parts of the zone. */
  setAreas(shapes: readonly AreaShape[]): void {
    this.fill(AREAS, areaFeatures(shapes));
  }

  /** What closes or slows streets. */
  setIncidents(shapes: readonly IncidentShape[]): void {
    this.fill(INCIDENTS, incidentFeatures(shapes));
  }

  /** Take the pen up, or put it down (null). */
  setPen(pen: Pen | null): void {
    this.pen = pen;
    this.map.getCanvas().style.cursor = pen ? "crosshair" : "";
    this.drawSketch(null);
  }

  /** What has been drawn. */
  setSketch(sketch: Sketch | null): void {
    this.sketch = sketch;
    this.drawSketch(this.pointer);
  }

  /** Show all these places; one place is centred at street level. */
  fit(places: readonly Place[], padding: Padding, animate = true): void {
    if (places.length === 0) return;
    this.map.fitBounds(boundsOf(places), {
      padding,
      maxZoom: MAX_ZOOM_FIT,
      duration: animate ? this.duration_ms() : 0,
    });
  }

  /** Bring a place into the free part of the map, and at least so close, without changing the scale more than needed. */
  show(place: Place, padding: Padding, zoom = LEAST_ZOOM_SHOWN): void {
    if (this.isInSight(place, padding) && this.map.getZoom() >= zoom) return;
    this.map.easeTo({
      center: [place.lon, place.lat],
      zoom: Math.max(this.map.getZoom(), zoom),
      offset: [(padding.left - padding.right) / 2, (padding.top - padding.bottom) / 2],
      duration: this.duration_ms(),
    });
  }

  /** The place in the middle of the map. */
  centre(): Place {
    const { lat, lng } = this.map.getCenter();
    return { lat, lon: lng };
  }

  /** Whether a place is on the screen and not under the padding. */
  isInSight(place: Place, { top, right, bottom, left }: Padding): boolean {
    const { x, y } = this.map.project([place.lon, place.lat]);
    const { clientWidth, clientHeight } = this.map.getContainer();
    return x >= left && y >= top && x <= clientWidth - right && y <= clientHeight - bottom;
  }

  /** The courier at a point of the window. */
  courierAt(x: number, y: number): string | null {
    const { left, top } = this.map.getContainer().getBoundingClientRect();
    return this.couriers.at(x - left, y - top);
  }

  zoomBy(steps: number): void {
    this.map.zoomTo(this.map.getZoom() + steps, { duration: this.duration_ms() / 2 });
  }

  remove(): void {
    this.map.remove();
  }

  private listen(): void {
    const { map, options } = this;
    // MapLibre asks for each picture when the style first names it.
    map.setMissingStyleImageResolver((id) => {
      const mark = drawMark(id);
      if (mark && !map.hasImage(id)) map.addImage(id, mark.image, { pixelRatio: mark.pixelRatio });
    });
    // What came before the style was ready, or while it was changed, is in `data` only.
    map.on("style.load", () => {
      for (const [source, data] of this.collections()) map.getSource<GeoJSONSource>(source)?.setData(data);
    });
    const painted = () => {
      if (!map.isStyleLoaded() || !map.areTilesLoaded()) return;
      map.off("render", painted);
      options.onPainted();
    };
    map.on("render", painted);
    map.on("click", (event) => this.clicked(event));
    map.on("mousedown", (event) => {
      const { button, ctrlKey, clientX: x, clientY: y } = event.originalEvent;
      if (button === 0 && !ctrlKey && this.grab(event, { x, y, touch: false })) event.preventDefault();
    });
    // A finger that moves on at once still moves the map.
    map.on("touchstart", (event) => {
      const [finger, another] = event.originalEvent.touches;
      if (finger && !another) this.grab(event, { x: finger.clientX, y: finger.clientY, touch: true });
    });
    map.on("dblclick", (event) => {
      if (!this.pen) return;
      event.preventDefault();
      this.pen.onEnd();
    });
    map.on("mousemove", (event) => {
      if (this.pen) this.drawSketch(placeOf(event));
      else this.hover(event);
    });
    map.on("mouseout", () => {
      this.drawSketch(null);
      this.clusters?.point(null);
    });
    map.on("pitch", () => this.tilt());
    map.on("resize", () => options.onResized?.());
    map.on("movestart", (event) => {
      if (event.originalEvent) options.onMovedByHand?.();
    });
    map.on("moveend", () => options.onMoved?.());
    map.on("error", ({ error }) => console.warn(`map: ${error.message}`));
  }

  private clicked(event: MapMouseEvent): void {
    if (!this.pen) this.pick(event);
    // The second click of a double click is no corner of its own.
    else if (event.originalEvent.detail < 2) this.pen.onCorner(placeOf(event));
  }

  /** A cluster is nothing to select: a click leads to those in it. */
  private pick(event: MapMouseEvent): void {
    const cluster = this.clusters?.at(event.point.x, event.point.y);
    if (cluster) this.zoomOn(cluster);
    else this.options.onPick(this.under(event));
  }

  private grab(event: MapMouseEvent | MapTouchEvent, at: Pressed): boolean {
    const picked = this.pen ? null : this.under(event);
    return picked !== null && (this.options.onGrab?.(picked, at) ?? false);
  }

  private zoomOn({ lat, lon }: Place): void {
    const zoom = this.map.getZoom() + CLUSTER_ZOOM_STEP;
    this.map.easeTo({ center: [lon, lat], zoom, duration: this.duration_ms() });
  }

  private hover(event: MapMouseEvent): void {
    const cluster = this.clusters?.point(event.point);
    this.map.getCanvas().style.cursor = cluster || this.under(event) ? "pointer" : "";
  }

  private drawSketch(pointer: Place | null): void {
    this.pointer = this.pen ? pointer : null;
    this.fill(SKETCH, sketchFeatures(this.sketch, this.pointer));
  }

  /** Buildings stand up only when the map is tilted. */
  private tilt(): void {
    const visibility = this.map.getPitch() > 8 ? "visible" : "none";
    if (this.map.getLayer(BUILDINGS_3D) && this.map.getLayoutProperty(BUILDINGS_3D, "visibility") !== visibility) {
      this.map.setLayoutProperty(BUILDINGS_3D, "visibility", visibility);
    }
  }

  private under(event: MapMouseEvent | MapTouchEvent): Picked | null {
    const { x, y } = event.point;
    const courier = this.couriers.at(x, y);
    if (courier) return { kind: "courier", id: courier };
    if (!this.map.isStyleLoaded() && !this.map.getLayer("marks")) return null;
    const near: [[number, number], [number, number]] = [
      [x - PICK_SLACK_PX, y - PICK_SLACK_PX],
      [x + PICK_SLACK_PX, y + PICK_SLACK_PX],
    ];
    const found = this.map.queryRenderedFeatures(near, {
      layers: [...PICKABLE, ...INCIDENT_PICKABLE, ...AREA_PICKABLE],
    })[0];
    if (!found) return null;
    const { id, kind } = found.properties as { id: string; kind: Picked["kind"] };
    if (found.source === INCIDENTS) return { id, kind: "incident" };
    if (found.source === AREAS) return { id, kind: "area" };
    return { id, kind: found.source === STOPS ? "stop" : kind };
  }

  private style(): StyleSpecification {
    const palette = paletteOf(this.shade);
    const base = baseStyle(this.options.city, palette, this.lang);
    const labels = base.layers.findIndex((layer) => layer.id === FIRST_LABEL);
    const sources = this.collections().map(([id, data]) => [id, { type: "geojson" as const, data }]);
    return {
      ...base,
      sources: { ...base.sources, ...Object.fromEntries(sources) },
      layers: [
        ...base.layers.slice(0, labels),
        ...areaLayers(palette),
        ...incidentAreas(palette),
        ...routeLayers(palette),
        ...incidentLines(palette),
        ...base.layers.slice(labels),
        ...areaNames(palette),
        ...incidentSigns(palette, this.shade),
        ...markLayers(palette, this.shade, this.isMany),
      ],
    };
  }

  private collections(): [source: string, data: Collection][] {
    return [...Object.entries(this.data), [MARKS, this.marks.collection], [ROUTES, this.routes.collection]];
  }

  /** Fill a source. The same features again would cost a worker's and a painter's time for nothing. */
  private fill(source: keyof typeof this.data, features: Feature[]): void {
    if (JSON.stringify(features) === JSON.stringify(this.data[source].features)) return;
    const data: Collection = { type: "FeatureCollection", features };
    this.data[source] = data;
    this.map.getSource<GeoJSONSource>(source)?.setData(data);
  }

  private duration_ms(): number {
    return matchMedia("(prefers-reduced-motion: reduce)").matches ? 0 : CAMERA_MS;
  }
}

function placeOf({ lngLat }: MapMouseEvent): Place {
  return { lat: lngLat.lat, lon: lngLat.lng };
}
