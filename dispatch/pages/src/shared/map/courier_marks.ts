import type { Palette } from "./palette";

/** How a courier is drawn, around the centre of a canvas: the same on every map. */
export const BODY_PX = 13;
export const ARROW_PX = 20;

/** The direction of travel, to the north. */
export function drawArrow(g: CanvasRenderingContext2D, p: Palette, stale: boolean): void {
  g.beginPath();
  g.moveTo(0, -ARROW_PX);
  g.lineTo(7.5, -BODY_PX + 2.5);
  g.lineTo(-7.5, -BODY_PX + 2.5);
  g.closePath();
  g.fillStyle = stale ? p.grey : p.accent;
  g.strokeStyle = p.surface;
  g.lineWidth = 3;
  g.stroke();
  g.fill();
}

/** The circle with the vehicle in it; hollow when nobody has heard of the courier for too long. */
export function drawBody(g: CanvasRenderingContext2D, p: Palette, vehicle: string, stale: boolean): void {
  g.shadowColor = "rgba(0,0,0,.3)";
  g.shadowBlur = 5;
  g.shadowOffsetY = 1;
  round(g, BODY_PX + 1.5, p.surface);
  g.shadowColor = "transparent";
  round(g, BODY_PX - 0.5, stale ? p.grey : p.accent);
  if (stale) round(g, BODY_PX - 2.5, p.surface);
  g.scale(0.72, 0.72);
  g.translate(-12, -12);
  g.strokeStyle = stale ? p.grey : p.surface;
  g.lineWidth = 2.3;
  g.stroke(new Path2D(vehicle));
}

function round(g: CanvasRenderingContext2D, radius: number, colour: string): void {
  g.fillStyle = colour;
  g.beginPath();
  g.arc(0, 0, radius, 0, Math.PI * 2);
  g.fill();
}
