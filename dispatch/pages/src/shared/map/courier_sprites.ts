import { vehicleShape } from "../vehicles";
import { drawArrow, drawBody } from "./courier_marks";
import type { Palette } from "./palette";

/** How a courier looks. */
export interface Likeness {
  profile: string;
  /** One of the directions, by `turnOf`; null: no arrow. */
  turn: number | null;
  stale: boolean;
  /** 1: as they are drawn; less where they are many. */
  scale: number;
}

const SIZE_PX = 48;
/** Arrows point in so many directions: as fine as an eye tells at this size. */
const TURNS = 48;

/**
 * Couriers as finished pictures, each drawn once. To turn and shrink a picture anew for each of a thousand couriers at
 * every frame costs more than all else on the map; a picture that fits the screen's pixels is only copied.
 */
export class CourierSprites {
  private readonly pictures = new Map<string, HTMLCanvasElement>();

  constructor(
    private readonly palette: Palette,
    /** Device pixels of a CSS pixel. */
    private readonly ratio: number,
  ) {}

  /** Paint one around a point, in device pixels; the context is not transformed. */
  stamp(g: CanvasRenderingContext2D, x: number, y: number, likeness: Likeness): void {
    const picture = this.picture(likeness);
    g.drawImage(picture, x - picture.width / 2, y - picture.height / 2);
  }

  private picture({ profile, turn, stale, scale }: Likeness): HTMLCanvasElement {
    const key = `${profile}|${turn}|${stale}|${scale}`;
    let known = this.pictures.get(key);
    if (!known) {
      known = this.draw(vehicleShape(profile), turn, stale, scale);
      this.pictures.set(key, known);
    }
    return known;
  }

  private draw(vehicle: string, turn: number | null, stale: boolean, scale: number): HTMLCanvasElement {
    const canvas = document.createElement("canvas");
    // Even, so that the middle of the picture is between pixels as the middle of a snapped place is.
    canvas.width = canvas.height = 2 * Math.ceil((SIZE_PX * scale * this.ratio) / 2);
    const g = canvas.getContext("2d");
    if (g) {
      g.translate(canvas.width / 2, canvas.height / 2);
      g.scale(scale * this.ratio, scale * this.ratio);
      g.lineCap = g.lineJoin = "round";
      if (turn !== null) {
        g.save();
        g.rotate((turn * 2 * Math.PI) / TURNS);
        drawArrow(g, this.palette, stale);
        g.restore();
      }
      drawBody(g, this.palette, vehicle, stale);
    }
    return canvas;
  }
}

/** The direction that is nearest to an angle on the screen, clockwise from its top; null: unknown. */
export function turnOf(turn_deg: number | null): number | null {
  return turn_deg === null ? null : ((Math.round((turn_deg * TURNS) / 360) % TURNS) + TURNS) % TURNS;
}
