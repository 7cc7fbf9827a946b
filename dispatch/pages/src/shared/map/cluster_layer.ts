import type { Map as MapLibre } from "maplibre-gl";
import type { Cluster } from "../protocol/messages";
import type { Shade } from "../theme";
import { type Palette, paletteOf } from "./palette";

/** What is written on clusters and beside them. */
export interface ClusterWords {
  /** The number in the circle, as short as it can be. */
  count(couriers: number): string;
  /** What stands beside the pointer. */
  label(cluster: Cluster): string;
}

const LEAST_PX = 12;
/** The server's cells are 64 px wide: with its ring, a circle has to stay within one. */
const MOST_PX = 25;
const GROWTH_PX = 5;
const GAP_PX = 2;
const RING_PX = 4;
const TOP = -Math.PI / 2;

/** The disc's radius, CSS pixels: ten times as many couriers are one step larger. */
export function radius_px(couriers: number): number {
  return Math.min(MOST_PX, LEAST_PX + GROWTH_PX * Math.log10(Math.max(1, couriers)));
}

/** Clusters of couriers, on a canvas above the map: a disc with their number, and a ring with the share that is idle. */
export class ClusterLayer {
  private readonly canvas = document.createElement("canvas");
  private readonly tip = document.createElement("p");
  private clusters: readonly Cluster[] = [];
  private pointer: { x: number; y: number } | null = null;
  private palette: Palette;

  constructor(
    private readonly map: MapLibre,
    private readonly words: ClusterWords,
    shade: Shade,
  ) {
    this.palette = paletteOf(shade);
    this.canvas.className = "cluster-layer";
    this.tip.className = "cluster-tip";
    this.tip.hidden = true;
    map.getContainer().append(this.canvas, this.tip);
    map.on("render", () => this.draw());
    map.on("resize", () => this.resize());
    map.on("movestart", () => this.point(null));
    this.resize();
  }

  show(clusters: readonly Cluster[]): void {
    // The larger ones last: they lie on top where circles touch
    this.clusters = [...clusters].sort((a, b) => a.couriers - b.couriers);
    this.draw();
    this.tell();
  }

  setShade(shade: Shade): void {
    this.palette = paletteOf(shade);
    this.draw();
  }

  /** The cluster under a point of the map, in CSS pixels. */
  at(x: number, y: number): Cluster | null {
    const under = (cluster: Cluster) => {
      const point = this.map.project([cluster.lon, cluster.lat]);
      return Math.hypot(point.x - x, point.y - y) <= radius_px(cluster.couriers) + GAP_PX + RING_PX;
    };
    return this.clusters.findLast(under) ?? null;
  }

  /** The pointer is here, in CSS pixels, or has gone (null): what is under it is said in words. */
  point(pointer: { x: number; y: number } | null): Cluster | null {
    this.pointer = pointer;
    return this.tell();
  }

  private tell(): Cluster | null {
    const cluster = this.pointer && this.at(this.pointer.x, this.pointer.y);
    this.tip.hidden = cluster === null;
    if (cluster) this.label(cluster);
    return cluster;
  }

  private label(cluster: Cluster): void {
    const { x, y } = this.map.project([cluster.lon, cluster.lat]);
    this.tip.textContent = this.words.label(cluster);
    this.tip.style.translate = `${Math.round(x)}px ${Math.round(y - radius_px(cluster.couriers) - RING_PX)}px`;
  }

  private draw(): void {
    const g = this.canvas.getContext("2d");
    if (!g) return;
    const { clientWidth: width, clientHeight: height } = this.map.getContainer();
    const ratio = this.canvas.width / Math.max(1, width);
    g.setTransform(ratio, 0, 0, ratio, 0, 0);
    g.clearRect(0, 0, width, height);
    g.font = "600 12px system-ui, 'PingFang SC', 'Noto Sans SC', sans-serif";
    g.textAlign = "center";
    g.textBaseline = "middle";
    for (const cluster of this.clusters) {
      const { x, y } = this.map.project([cluster.lon, cluster.lat]);
      this.drawOne(g, cluster, x, y);
    }
  }

  private drawOne(g: CanvasRenderingContext2D, cluster: Cluster, x: number, y: number): void {
    const { surface, accent, accentSoft, ink } = this.palette;
    const disc_px = radius_px(cluster.couriers);
    const ring_px = disc_px + GAP_PX + RING_PX / 2;
    circle(g, x, y, ring_px + RING_PX / 2 + 1, surface);
    arc(g, x, y, ring_px, 1, accentSoft);
    arc(g, x, y, ring_px, (cluster.idle ?? 0) / Math.max(1, cluster.couriers), ink);
    circle(g, x, y, disc_px, accent);
    g.fillStyle = surface;
    // Digits have no descenders: their middle lies a little above the line's
    g.fillText(this.words.count(cluster.couriers), x, y + 1);
  }

  private resize(): void {
    const { clientWidth, clientHeight } = this.map.getContainer();
    const ratio = devicePixelRatio || 1;
    this.canvas.width = Math.round(clientWidth * ratio);
    this.canvas.height = Math.round(clientHeight * ratio);
    this.draw();
  }
}

function circle(g: CanvasRenderingContext2D, x: number, y: number, radius: number, colour: string): void {
  g.fillStyle = colour;
  g.beginPath();
  g.arc(x, y, radius, 0, Math.PI * 2);
  g.fill();
}

/** A part of a ring, clockwise from the top. */
function arc(g: CanvasRenderingContext2D, x: number, y: number, radius: number, share: number, colour: string): void {
  if (share === 0) return;
  g.strokeStyle = colour;
  g.lineWidth = RING_PX;
  g.beginPath();
  g.arc(x, y, radius, TOP, TOP + Math.PI * 2 * share);
  g.stroke();
}
