import type { Map as MapLibre } from "maplibre-gl";
import { Glide, type Shown } from "../geo/glide";
import type { Path } from "../geo/path";
import type { FixView } from "../protocol/messages";
import type { Shade } from "../theme";
import { ARROW_PX, BODY_PX } from "./courier_marks";
import { CourierSprites, turnOf } from "./courier_sprites";
import { type Palette, paletteOf } from "./palette";

/** What is known of a courier on the map, besides its place. */
export interface CourierMark {
  id: string;
  name: string;
  profile: string;
  /** Not heard of for too long: drawn hollow, with its age. */
  stale: boolean;
  selected: boolean;
}

export interface CourierLayerOptions {
  /** Business time, epoch milliseconds. */
  now_ms(): number;
  /** The words under a stale marker, from the milliseconds of business time since its last fix. */
  ageLabel(age_ms: number): string;
}

interface Moving {
  mark: CourierMark;
  glide: Glide;
  fix: FixView;
  shown: Shown | null;
  /** Where it was last painted, in CSS pixels of the map; null: not on the picture. */
  painted: Painted | null;
}

interface Painted {
  x: number;
  y: number;
  /** Which way the arrow points, of the directions that are drawn; null: no arrow. */
  turn: number | null;
}

const TOUCH_PX = 22;
const MARGIN_PX = 40;
/** Nobody sees less; and a courier who rides through a whole city's map is at most a few pixels a second. */
const VISIBLE_PX = 0.5;
/** More than this on the screen are a crowd until they are fewer than that: drawn small, so that the map is seen. */
const CROWD = { from: 200, until: 160 };
const CROWD_SCALE = 0.6;
/** After a picture the layer rests in proportion to what was on it: a thousand are painted ten times a second. */
const REST_MS_EACH = 0.05;

/**
 * The couriers, on a canvas of its own above the map.
 *
 * They move at every frame while the map under them stands still, so they are not MapLibre's: its symbols would cost
 * a worker round trip and a redraw of the whole map a frame. The canvas follows the camera in the map's own render
 * event, and its loop rests when nothing moves. It paints only when somebody has moved visibly since the last picture:
 * a new picture costs the browser a composition of the whole window, however little has changed.
 */
export class CourierLayer {
  private readonly canvas = document.createElement("canvas");
  private readonly moving = new Map<string, Moving>();
  private sprites: CourierSprites | null = null;
  private readonly calm = matchMedia("(prefers-reduced-motion: reduce)");
  private palette: Palette = paletteOf("light");
  private frame = 0;
  private stepped_ms = 0;
  private painted_ms = 0;
  private painted = 0;
  private isCrowd = false;
  private isOutdated = true;
  private ratio = 1;
  private width_px = 0;
  private height_px = 0;

  constructor(
    private readonly map: MapLibre,
    private readonly options: CourierLayerOptions,
  ) {
    this.canvas.className = "courier-layer";
    map.getContainer().append(this.canvas);
    map.on("render", () => this.paint(performance.now()));
    map.on("resize", () => this.resize());
    this.resize();
  }

  setShade(shade: Shade): void {
    this.palette = paletteOf(shade);
    this.sprites = null;
    this.repaint();
  }

  /** A new place, for a courier with this mark. */
  place(fix: FixView, mark: CourierMark): void {
    const known = this.moving.get(fix.courier_id);
    const entry = known ?? { mark, glide: new Glide(), fix, shown: null, painted: null };
    // A stale one has its age below it.
    if (mark.stale || !isAlike(mark, entry.mark)) this.isOutdated = true;
    entry.fix = fix;
    entry.mark = mark;
    entry.glide.take(fix);
    this.moving.set(fix.courier_id, entry);
    this.wake();
  }

  /** The looks of a courier changed, or it is not to be shown any more (null). */
  mark(id: string, mark: CourierMark | null): void {
    const entry = this.moving.get(id);
    if (!entry) return;
    if (mark) entry.mark = mark;
    else this.moving.delete(id);
    this.repaint();
  }

  follow(id: string, path: Path | null): void {
    this.moving.get(id)?.glide.follow(path);
    this.wake();
  }

  /** Metres along its route at which the courier was last seen; null off route or unknown. */
  along_m(id: string): number | null {
    return this.moving.get(id)?.glide.along_m ?? null;
  }

  shown(id: string): Shown | null {
    return this.moving.get(id)?.shown ?? null;
  }

  ids(): Iterable<string> {
    return this.moving.keys();
  }

  /** The courier under a point of the map, in CSS pixels. */
  at(x: number, y: number): string | null {
    let best: string | null = null;
    let least = TOUCH_PX;
    for (const [id, { shown }] of this.moving) {
      if (!shown) continue;
      const point = this.map.project([shown.lon, shown.lat]);
      const away = Math.hypot(point.x - x, point.y - y);
      if (away < least) {
        least = away;
        best = id;
      }
    }
    return best;
  }

  private repaint(): void {
    this.isOutdated = true;
    this.wake();
  }

  private wake(): void {
    if (!this.frame) this.frame = requestAnimationFrame((now) => this.loop(now));
  }

  private loop(now: number): void {
    if (now - this.painted_ms >= this.painted * REST_MS_EACH) {
      this.step(now);
      if (this.isOutdated || this.hasMovedVisibly()) this.picture(now);
      if (!this.isOutdated && this.isStill()) {
        this.frame = 0;
        return;
      }
    }
    this.frame = requestAnimationFrame((next) => this.loop(next));
  }

  private isStill(): boolean {
    for (const { glide } of this.moving.values()) if (!glide.still) return false;
    return true;
  }

  private paint(now: number): void {
    this.step(now);
    this.picture(now);
  }

  private step(now: number): void {
    const frame_ms = Math.min(100, Math.max(0, now - this.stepped_ms));
    this.stepped_ms = now;
    const business_ms = this.options.now_ms();
    for (const entry of this.moving.values()) entry.shown = entry.glide.step(business_ms, frame_ms, this.calm.matches);
  }

  private hasMovedVisibly(): boolean {
    for (const entry of this.moving.values()) {
      const place = this.placeOf(entry);
      const was = entry.painted;
      if (!place || !was) {
        if (place !== was) return true;
      } else if (
        Math.abs(place.x - was.x) >= VISIBLE_PX ||
        Math.abs(place.y - was.y) >= VISIBLE_PX ||
        place.turn !== was.turn
      ) {
        return true;
      }
    }
    return false;
  }

  /** Where a courier is to be painted; null: nowhere that can be seen. */
  private placeOf({ shown }: Moving): Painted | null {
    if (!shown) return null;
    const { x, y } = this.map.project([shown.lon, shown.lat]);
    if (x < -MARGIN_PX || y < -MARGIN_PX || x > this.width_px + MARGIN_PX || y > this.height_px + MARGIN_PX)
      return null;
    const heading_deg = shown.heading_deg ?? null;
    return { x, y, turn: turnOf(heading_deg === null ? null : heading_deg - this.map.getBearing()) };
  }

  private picture(now: number): void {
    const g = this.canvas.getContext("2d");
    if (!g) return;
    this.isOutdated = false;
    this.painted_ms = now;
    this.painted = 0;
    for (const entry of this.moving.values()) {
      entry.painted = this.placeOf(entry);
      if (entry.painted) this.painted += 1;
    }
    this.isCrowd = this.painted > (this.isCrowd ? CROWD.until : CROWD.from);
    this.canvas.dataset.scale = String(this.isCrowd ? CROWD_SCALE : 1);
    g.setTransform(1, 0, 0, 1, 0, 0);
    g.clearRect(0, 0, this.canvas.width, this.canvas.height);
    const business_ms = this.options.now_ms();
    for (const entry of this.inOrder()) if (entry.painted) this.drawOne(g, entry, entry.painted, business_ms);
  }

  /** The selected one last, so that it lies on top. */
  private inOrder(): Moving[] {
    return [...this.moving.values()].sort((a, b) => Number(a.mark.selected) - Number(b.mark.selected));
  }

  private drawOne(g: CanvasRenderingContext2D, { mark, fix }: Moving, at: Painted, business_ms: number): void {
    const { ratio } = this;
    const words = [mark.selected && mark.name, mark.stale && this.options.ageLabel(business_ms - fix.at_ms)];
    // In a crowd the ages of many would lie over each other.
    const label = this.isCrowd && !mark.selected ? "" : words.filter(Boolean).join(" · ");
    if (mark.selected) this.around(g, at, () => this.halo(g));
    this.sprites ??= new CourierSprites(this.palette, ratio);
    const isSmall = this.isCrowd && !mark.selected;
    const [x, y] = [at.x * ratio, at.y * ratio];
    this.sprites.stamp(g, isSmall ? Math.round(x) : x, isSmall ? Math.round(y) : y, {
      profile: mark.profile,
      turn: at.turn,
      stale: mark.stale,
      scale: isSmall ? CROWD_SCALE : 1,
    });
    if (label) this.around(g, at, () => this.label(g, label));
  }

  /** Paint in CSS pixels around a place. */
  private around(g: CanvasRenderingContext2D, { x, y }: Painted, paint: () => void): void {
    g.setTransform(this.ratio, 0, 0, this.ratio, x * this.ratio, y * this.ratio);
    paint();
    g.setTransform(1, 0, 0, 1, 0, 0);
  }

  private halo(g: CanvasRenderingContext2D): void {
    g.globalAlpha = 0.24;
    g.fillStyle = this.palette.accent;
    g.beginPath();
    g.arc(0, 0, BODY_PX + 12, 0, Math.PI * 2);
    g.fill();
    g.globalAlpha = 1;
  }

  private label(g: CanvasRenderingContext2D, text: string): void {
    g.font = "600 12px system-ui, 'PingFang SC', 'Noto Sans SC', sans-serif";
    g.textAlign = "center";
    g.textBaseline = "top";
    g.lineWidth = 4;
    g.lineJoin = "round";
    g.strokeStyle = this.palette.halo;
    g.fillStyle = this.palette.ink;
    g.strokeText(text, 0, ARROW_PX + 3);
    g.fillText(text, 0, ARROW_PX + 3);
  }

  private resize(): void {
    const { clientWidth, clientHeight } = this.map.getContainer();
    const ratio = devicePixelRatio || 1;
    if (ratio !== this.ratio) this.sprites = null;
    this.ratio = ratio;
    this.width_px = clientWidth;
    this.height_px = clientHeight;
    this.canvas.width = Math.round(clientWidth * ratio);
    this.canvas.height = Math.round(clientHeight * ratio);
    this.repaint();
  }
}

function isAlike(a: CourierMark, b: CourierMark): boolean {
  return a.name === b.name && a.profile === b.profile && a.stale === b.stale && a.selected === b.selected;
}
