import { type Palette, paletteOf } from "./palette";

/** Twice the CSS size: sharp on the screens that most people have. */
const PIXEL_RATIO = 2;

type Draw = (g: CanvasRenderingContext2D, p: Palette) => void;

const HOUSE = "M-6 0L0-5.6 6 0M-4.2-1.4V5h8.4v-6.4";
const SHOP = "M-6-2.6L-4.6-6h9.2L6-2.6M-6-2.6c0 2.6 4 2.6 4 0 0 2.6 4 2.6 4 0 0 2.6 4 2.6 4 0M-4.8 0v6h9.6V0";

/** Every mark on the map by name: [CSS size, what is drawn around the centre]. */
const MARKS: Readonly<Record<string, readonly [size: number, draw: Draw]>> = {
  "order-on_time": [20, (g, p) => dot(g, p, p.tone.on_time)],
  "order-at_risk": [22, (g, p) => dot(g, p, p.tone.at_risk, "M0-3V.4L2 2", 7)],
  "order-late": [22, (g, p) => dot(g, p, p.tone.late, "M0-3.4V.8M0 3.2v.2", 7)],
  "order-unknown": [20, (g, p) => hollow(g, p)],
  "order-done": [16, (g, p) => dot(g, p, p.tone.on_time, "M-2 .2L-.6 1.6 2.2-1.6", 5)],
  "order-off": [16, (g, p) => dot(g, p, p.grey, "M-1.8-1.8l3.6 3.6M1.8-1.8l-3.6 3.6", 5)],
  "incident-closure": [24, (g, p) => barred(g, p)],
  "incident-slowdown": [26, (g, p) => triangle(g, p)],
  "incident-weather": [24, (g, p) => cloud(g, p)],
  depot: [28, (g, p) => square(g, p)],
  home: [44, (g, p) => pin(g, p)],
};

/** Paints a mark around the canvas's origin; nothing for a name that is not ours. */
export function paintMark(g: CanvasRenderingContext2D, name: string, palette: Palette): void {
  g.lineCap = g.lineJoin = "round";
  MARKS[name]?.[1](g, palette);
}

/** The picture of a mark, named `NAME@light` or `NAME@dark`; null for a name that is not ours. */
export function drawMark(id: string): { image: ImageData; pixelRatio: number } | null {
  const [name = "", shade] = id.split("@");
  const mark = MARKS[name];
  if (!mark) return null;
  const [size] = mark;
  const canvas = document.createElement("canvas");
  canvas.width = canvas.height = size * PIXEL_RATIO;
  const g = canvas.getContext("2d");
  if (!g) return null;
  g.scale(PIXEL_RATIO, PIXEL_RATIO);
  g.translate(size / 2, size / 2);
  paintMark(g, name, paletteOf(shade === "dark" ? "dark" : "light"));
  return { image: g.getImageData(0, 0, canvas.width, canvas.height), pixelRatio: PIXEL_RATIO };
}

function dot(g: CanvasRenderingContext2D, p: Palette, colour: string, glyph?: string, radius = 6): void {
  disc(g, radius + 2, p.surface);
  disc(g, radius, colour);
  if (glyph) stroke(g, glyph, p.surface, 1.8);
}

function hollow(g: CanvasRenderingContext2D, p: Palette): void {
  disc(g, 8, p.surface);
  disc(g, 6.6, p.grey);
  disc(g, 4, p.surface);
}

function square(g: CanvasRenderingContext2D, p: Palette): void {
  g.fillStyle = p.surface;
  g.beginPath();
  g.roundRect(-13, -13, 26, 26, 7);
  g.fill();
  g.fillStyle = p.ink;
  g.beginPath();
  g.roundRect(-11, -11, 22, 22, 5);
  g.fill();
  stroke(g, SHOP, p.surface, 1.6);
}

/** "No entry". */
function barred(g: CanvasRenderingContext2D, p: Palette): void {
  disc(g, 11, p.surface);
  disc(g, 9.5, p.tone.late);
  stroke(g, "M-4.6 0H4.6", p.surface, 3);
}

/** "Take care". */
function triangle(g: CanvasRenderingContext2D, p: Palette): void {
  const shape = new Path2D("M0-9L9.5 7.5H-9.5z");
  g.strokeStyle = p.surface;
  g.lineWidth = 5;
  g.stroke(shape);
  g.fillStyle = g.strokeStyle = p.tone.at_risk;
  g.lineWidth = 2;
  g.fill(shape);
  g.stroke(shape);
  stroke(g, "M0-3.6V1.4M0 4.6v.2", p.surface, 2.2);
}

function cloud(g: CanvasRenderingContext2D, p: Palette): void {
  g.fillStyle = p.surface;
  g.beginPath();
  g.roundRect(-11, -11, 22, 22, 7);
  g.fill();
  g.fillStyle = p.weather;
  g.beginPath();
  g.roundRect(-9.5, -9.5, 19, 19, 6);
  g.fill();
  stroke(g, "M-3.4 3.4a2.6 2.6 0 0 1 0-5.2 3.8 3.8 0 0 1 7-.9 3 3 0 0 1 .2 6.1z", p.surface, 1.7);
}

function pin(g: CanvasRenderingContext2D, p: Palette): void {
  const drop = new Path2D("M0 21C-4 14-14 9-14-3a14 14 0 1 1 28 0C14 9 4 14 0 21z");
  g.fillStyle = p.ink;
  g.strokeStyle = p.surface;
  g.lineWidth = 2.5;
  g.fill(drop);
  g.stroke(drop);
  g.translate(0, -3);
  stroke(g, HOUSE, p.surface, 2);
}

function disc(g: CanvasRenderingContext2D, radius: number, colour: string): void {
  g.fillStyle = colour;
  g.beginPath();
  g.arc(0, 0, radius, 0, Math.PI * 2);
  g.fill();
}

function stroke(g: CanvasRenderingContext2D, shape: string, colour: string, width: number): void {
  g.strokeStyle = colour;
  g.lineWidth = width;
  g.stroke(new Path2D(shape));
}
