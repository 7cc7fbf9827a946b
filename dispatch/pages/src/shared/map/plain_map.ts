import { bearing_deg, distance_m, type Place } from "../geo/path";
import { t } from "../i18n";
import type { Shade } from "../theme";
import { vehicleShape } from "../vehicles";
import { BODY_PX, drawArrow, drawBody } from "./courier_marks";
import { paintMark } from "./marks";
import { type Palette, paletteOf } from "./palette";

/** Something that stands still; `mark` is a name of `marks.ts`, and greater ranks lie on top. */
export interface PlainMark extends Place {
  id: string;
  kind: "order" | "depot" | "home";
  mark: string;
  rank: number;
  selected: boolean;
  label?: string;
}

export interface PlainCourier extends Place {
  id: string;
  profile: string;
  heading_deg: number | null;
  stale: boolean;
  selected: boolean;
  label?: string;
}

/** What is drawn; `inSight` are the places that are to be seen, all of them. */
export interface PlainScene {
  inSight: readonly Place[];
  marks: readonly PlainMark[];
  couriers: readonly PlainCourier[];
  /** Ways ahead; the chosen one is stronger. */
  lines: readonly { chosen: boolean; places: readonly Place[] }[];
}

export interface Size {
  width_px: number;
  height_px: number;
}

/** How places lie on the canvas: north up, the same scale in both directions. */
export interface PlainView {
  centre: Place;
  metres_per_px: number;
}

const MARGIN_PX = 48;
/** Closer than this a sketch without streets says nothing more. */
const LEAST_METRES_PER_PX = 0.8;
const EMPTY_METRES_PER_PX = 10;
/** The view stays while everything is in sight and not much smaller than it could be: a calm picture. */
const LOOSE_RATIO = 2;
const SCALE_PX = 110;
const SCALE_STEPS = [1, 2, 5];
const PICK_PX = 22;
const METRES_PER_DEG = 111_195;
/** With more couriers than this their vehicles would only cover each other. */
const MAX_DRAWN_VEHICLES = 150;

/** The view that shows all these places on a canvas of this size. */
export function viewOf(places: readonly Place[], { width_px, height_px }: Size): PlainView {
  const first = places[0];
  if (!first) return { centre: { lat: 0, lon: 0 }, metres_per_px: EMPTY_METRES_PER_PX };
  const lats = places.map(({ lat }) => lat);
  const lons = places.map(({ lon }) => lon);
  const [south, north] = [Math.min(...lats), Math.max(...lats)];
  const [west, east] = [Math.min(...lons), Math.max(...lons)];
  const centre = { lat: (south + north) / 2, lon: (west + east) / 2 };
  const high_m = (north - south) * METRES_PER_DEG;
  const wide_m = (east - west) * METRES_PER_DEG * shrink(centre);
  const free = (px: number) => Math.max(px - 2 * MARGIN_PX, px / 4, 1);
  const fitted = Math.max(high_m / free(height_px), wide_m / free(width_px));
  return { centre, metres_per_px: Math.max(LEAST_METRES_PER_PX, fitted) };
}

/** The view that goes on: the one before as long as it serves. */
export function nextView(before: PlainView | null, places: readonly Place[], size: Size): PlainView {
  const fresh = viewOf(places, size);
  if (!before || fresh.metres_per_px * LOOSE_RATIO < before.metres_per_px) return fresh;
  const inside = places.every((place) => {
    const { x, y } = toScreen(before, size, place);
    const edge = MARGIN_PX / 2;
    return x >= edge && y >= edge && x <= size.width_px - edge && y <= size.height_px - edge;
  });
  return inside ? before : fresh;
}

export function toScreen({ centre, metres_per_px }: PlainView, size: Size, place: Place): { x: number; y: number } {
  const east_m = (place.lon - centre.lon) * METRES_PER_DEG * shrink(centre);
  const north_m = (place.lat - centre.lat) * METRES_PER_DEG;
  return { x: size.width_px / 2 + east_m / metres_per_px, y: size.height_px / 2 - north_m / metres_per_px };
}

function shrink({ lat }: Place): number {
  return Math.cos((lat * Math.PI) / 180);
}

/** The longest round length (1, 2, 5, 10, ... metres) that the scale bar has room for. */
export function scaleLength_m(metres_per_px: number): number {
  const room_m = SCALE_PX * metres_per_px;
  const power = 10 ** Math.floor(Math.log10(room_m));
  const step = SCALE_STEPS.filter((each) => each * power <= room_m).pop() ?? 1;
  return step * power;
}

/** "350 m", "1.2 km". */
export function lengthWords(metres: number): string {
  if (metres < 950) return t("plain.metres", { n: metres < 100 ? Math.round(metres / 10) * 10 : round50(metres) });
  return t("plain.kilometres", { n: metres < 9_950 ? Math.round(metres / 100) / 10 : Math.round(metres / 1000) });
}

function round50(metres: number): number {
  return Math.round(metres / 50) * 50;
}

const DIRECTIONS = ["0", "1", "2", "3", "4", "5", "6", "7"] as const;

/** In which of eight directions a place lies, in words. */
export function directionWords(from: Place, to: Place): string {
  const eighth = DIRECTIONS[Math.round(bearing_deg(from, to) / 45) % 8] ?? "0";
  return t(`plain.direction.${eighth}`);
}

/** A sketch of places on a canvas, without WebGL, tiles or the network: north up, with a scale. */
export class PlainMap {
  private view: PlainView | null = null;
  private scene: PlainScene | null = null;
  private palette: Palette = paletteOf("light");
  private size: Size = { width_px: 0, height_px: 0 };
  private readonly sizes: ResizeObserver;

  constructor(private readonly canvas: HTMLCanvasElement) {
    this.sizes = new ResizeObserver(() => this.resize());
    this.sizes.observe(canvas);
    this.resize();
  }

  remove(): void {
    this.sizes.disconnect();
  }

  show(scene: PlainScene, shade: Shade): void {
    this.scene = scene;
    this.palette = paletteOf(shade);
    this.paint();
  }

  /** What lies under a point of the canvas, CSS pixels: the nearest courier, else the nearest mark. */
  pick(x: number, y: number): { kind: "courier" | PlainMark["kind"]; id: string } | null {
    if (!this.scene) return null;
    const couriers = this.scene.couriers.map((each) => ({ ...each, kind: "courier" as const }));
    return this.nearest(couriers, x, y) ?? this.nearest(this.scene.marks, x, y);
  }

  private nearest<Kind extends string>(things: readonly (Place & { id: string; kind: Kind })[], x: number, y: number) {
    let best: { kind: Kind; id: string } | null = null;
    let least_px = PICK_PX;
    for (const { id, kind, lat, lon } of things) {
      const at = this.at({ lat, lon });
      const away_px = Math.hypot(at.x - x, at.y - y);
      if (away_px <= least_px) [best, least_px] = [{ kind, id }, away_px];
    }
    return best;
  }

  private resize(): void {
    const { clientWidth: width_px, clientHeight: height_px } = this.canvas;
    this.size = { width_px, height_px };
    this.canvas.width = Math.round(width_px * devicePixelRatio);
    this.canvas.height = Math.round(height_px * devicePixelRatio);
    this.view = null;
    this.paint();
  }

  private at(place: Place): { x: number; y: number } {
    return this.view ? toScreen(this.view, this.size, place) : { x: 0, y: 0 };
  }

  private paint(): void {
    const g = this.canvas.getContext("2d");
    if (!g || !this.scene || this.size.width_px === 0) return;
    this.view = nextView(this.view, this.scene.inSight, this.size);
    g.setTransform(devicePixelRatio, 0, 0, devicePixelRatio, 0, 0);
    g.fillStyle = this.palette.land;
    g.fillRect(0, 0, this.size.width_px, this.size.height_px);
    this.paintGrid(g, this.view);
    for (const line of this.scene.lines) this.paintLine(g, line);
    for (const mark of [...this.scene.marks].sort((a, b) => a.rank - b.rank)) this.paintMark(g, mark);
    const many = this.scene.couriers.length > MAX_DRAWN_VEHICLES;
    for (const courier of this.scene.couriers) this.paintCourier(g, courier, many && !courier.selected);
    this.paintScale(g, this.view);
    this.paintNorth(g);
    const { couriers } = this.scene;
    this.canvas.dataset.couriers = String(couriers.length);
    this.canvas.dataset.places = couriers.map(({ lat, lon }) => `${lat.toFixed(5)},${lon.toFixed(5)}`).join(" ");
  }

  /** Lines a scale's length apart, from a place that stands still: they make movement and distance readable. */
  private paintGrid(g: CanvasRenderingContext2D, view: PlainView): void {
    const step_px = scaleLength_m(view.metres_per_px) / view.metres_per_px;
    const fixed = this.scene?.marks[0] ?? view.centre;
    const { x, y } = this.at(fixed);
    g.strokeStyle = this.palette.casing;
    g.lineWidth = 1;
    g.beginPath();
    for (let at = x % step_px; at < this.size.width_px; at += step_px) {
      g.moveTo(at, 0);
      g.lineTo(at, this.size.height_px);
    }
    for (let at = y % step_px; at < this.size.height_px; at += step_px) {
      g.moveTo(0, at);
      g.lineTo(this.size.width_px, at);
    }
    g.stroke();
  }

  private paintLine(g: CanvasRenderingContext2D, line: PlainScene["lines"][number]): void {
    g.lineCap = g.lineJoin = "round";
    g.beginPath();
    line.places.forEach((place, i) => {
      const { x, y } = this.at(place);
      if (i === 0) g.moveTo(x, y);
      else g.lineTo(x, y);
    });
    g.strokeStyle = this.palette.surface;
    g.lineWidth = line.chosen ? 8 : 4;
    g.stroke();
    g.strokeStyle = line.chosen ? this.palette.accent : this.palette.accentSoft;
    g.lineWidth = line.chosen ? 5 : 2;
    g.stroke();
  }

  private paintMark(g: CanvasRenderingContext2D, mark: PlainMark): void {
    const { x, y } = this.at(mark);
    g.save();
    // The pin of a home points at its place with its lower end.
    g.translate(x, mark.kind === "home" ? y - 21 : y);
    if (mark.selected) this.paintHalo(g);
    paintMark(g, mark.mark, this.palette);
    g.restore();
    if (mark.label) this.paintLabel(g, mark.label, x, y + (mark.kind === "home" ? 14 : 26));
  }

  private paintCourier(g: CanvasRenderingContext2D, courier: PlainCourier, small: boolean): void {
    const { x, y } = this.at(courier);
    g.save();
    g.translate(x, y);
    if (small) g.scale(0.5, 0.5);
    if (courier.selected) this.paintHalo(g);
    if (courier.heading_deg !== null) {
      g.save();
      g.rotate((courier.heading_deg * Math.PI) / 180);
      drawArrow(g, this.palette, courier.stale);
      g.restore();
    }
    g.lineCap = g.lineJoin = "round";
    drawBody(g, this.palette, vehicleShape(courier.profile), courier.stale);
    g.restore();
    if (courier.label) this.paintLabel(g, courier.label, x, y + BODY_PX + 16);
  }

  private paintHalo(g: CanvasRenderingContext2D): void {
    g.globalAlpha = 0.24;
    g.fillStyle = this.palette.accent;
    g.beginPath();
    g.arc(0, 0, BODY_PX + 12, 0, Math.PI * 2);
    g.fill();
    g.globalAlpha = 1;
  }

  private paintLabel(g: CanvasRenderingContext2D, text: string, x: number, y: number): void {
    this.letters(g, 12, "center");
    g.strokeStyle = this.palette.halo;
    g.lineWidth = 3;
    g.strokeText(text, x, y);
    g.fillStyle = this.palette.label;
    g.fillText(text, x, y);
  }

  private paintScale(g: CanvasRenderingContext2D, view: PlainView): void {
    const length_m = scaleLength_m(view.metres_per_px);
    const [x, y, wide] = [16, this.size.height_px - 16, length_m / view.metres_per_px];
    g.strokeStyle = this.palette.label;
    g.lineWidth = 2;
    g.beginPath();
    g.moveTo(x, y - 6);
    g.lineTo(x, y);
    g.lineTo(x + wide, y);
    g.lineTo(x + wide, y - 6);
    g.stroke();
    this.letters(g, 12, "left");
    g.fillStyle = this.palette.label;
    g.fillText(scaleWords(length_m), x + 4, y - 9);
  }

  private paintNorth(g: CanvasRenderingContext2D): void {
    const [x, y] = [22, 16];
    g.fillStyle = this.palette.label;
    g.beginPath();
    g.moveTo(x, y - 4);
    g.lineTo(x + 6, y + 10);
    g.lineTo(x, y + 7);
    g.lineTo(x - 6, y + 10);
    g.closePath();
    g.fill();
    this.letters(g, 12, "center");
    g.fillText(t("plain.north"), x, y + 24);
  }

  private letters(g: CanvasRenderingContext2D, size_px: number, align: CanvasTextAlign): void {
    g.font = `600 ${size_px}px system-ui, "PingFang SC", "Noto Sans SC", sans-serif`;
    g.textAlign = align;
    g.textBaseline = "alphabetic";
    g.lineJoin = "round";
  }
}

function scaleWords(metres: number): string {
  return metres < 1000 ? t("plain.metres", { n: metres }) : t("plain.kilometres", { n: metres / 1000 });
}

/** How far away something is and where, "1.2 km" and "northeast". */
export function awayWords(from: Place, to: Place): { distance: string; direction: string } {
  return { distance: lengthWords(distance_m(from, to)), direction: directionWords(from, to) };
}
