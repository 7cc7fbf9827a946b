import type { Source, Target } from "./drag";

/** What is carried, and over what it is. */
export interface Carried {
  source: Source;
  target: Target | null;
  by: "pointer" | "keys";
}

/** Where a pointer took hold. */
export interface Grip {
  x: number;
  y: number;
  touch: boolean;
}

/** What only its own view knows of a point of the window: the place in a lane, the courier on the map. */
export interface Places {
  lane?(courier_id: string, x: number): number;
  courier?(x: number, y: number): string | null;
}

/** A mouse that moves less still clicks. */
const SLACK_PX = 5;
/** A finger that moves further before it has rested so long scrolls. */
const TOUCH_SLACK_PX = 10;
const HOLD_MS = 350;
/** So near to the edge of what scrolls, it scrolls by itself, by so much a frame. */
const EDGE_PX = 36;
const SCROLL_PX = 8;

export function gripOf(event: PointerEvent): Grip {
  return { x: event.clientX, y: event.clientY, touch: event.pointerType === "touch" };
}

/**
 * Carries an order or a stop from one place of the desk to another, by pointer or by keys.
 *
 * Pointer events serve mouse, pen and finger alike, and targets are found by what is under the pointer (`data-drop`), so
 * that lists which draw their rows anew, and a canvas, can be targets. A finger has to rest first: else it scrolls.
 */
export class Carrier {
  carried: Carried | null = null;
  readonly places: Places = {};
  /** Told where the pointer is, at every move. */
  onPoint: ((x: number, y: number) => void) | null = null;
  private grip: { source: Source; at: Grip; holding: ReturnType<typeof setTimeout> | undefined } | null = null;
  private point = { x: 0, y: 0 };
  private frame = 0;

  constructor(
    private readonly changed: () => void,
    private readonly ended: (carried: Carried, isDropped: boolean) => void,
  ) {}

  /** Somebody has pressed on something that can be carried; returns the function that lets go of everything. */
  listen(): () => void {
    // Known before a finger touches: only then can a browser that begins to scroll be told not to.
    const keepStill = (event: Event) => {
      if (this.carried?.by !== "pointer") return;
      if (event.cancelable) event.preventDefault();
      event.stopImmediatePropagation();
    };
    addEventListener("touchmove", keepStill, { passive: false, capture: true });
    return () => {
      removeEventListener("touchmove", keepStill, { capture: true });
      this.letGo();
    };
  }

  grab(source: Source, at: Grip): void {
    if (this.grip || this.carried) return;
    const holding = at.touch ? setTimeout(() => this.start(), HOLD_MS) : undefined;
    this.grip = { source, at, holding };
    this.point = at;
    for (const [name, handler] of this.handlers) addEventListener(name, handler as EventListener, { capture: true });
  }

  /** Take something up by key. */
  lift(source: Source, target: Target): void {
    this.letGo();
    this.carried = { source, target, by: "keys" };
    this.changed();
  }

  aim(target: Target | null): void {
    if (!this.carried || isSameTarget(this.carried.target, target)) return;
    this.carried = { ...this.carried, target };
    this.changed();
  }

  drop(): void {
    this.finish(true);
  }

  cancel(): void {
    this.finish(false);
  }

  private finish(isDropped: boolean): void {
    const { carried } = this;
    this.letGo();
    this.carried = null;
    if (!carried) return;
    this.ended(carried, isDropped);
    this.changed();
  }

  private letGo(): void {
    clearTimeout(this.grip?.holding);
    this.grip = null;
    cancelAnimationFrame(this.frame);
    document.body.classList.remove("carrying");
    for (const [name, handler] of this.handlers) removeEventListener(name, handler as EventListener, { capture: true });
  }

  private start(): void {
    if (!this.grip) return;
    this.carried = { source: this.grip.source, target: null, by: "pointer" };
    getSelection()?.removeAllRanges();
    document.body.classList.add("carrying");
    this.changed();
    this.look();
    this.frame = requestAnimationFrame(() => this.scroll());
  }

  private readonly handlers = Object.entries({
    pointermove: (event: PointerEvent) => this.moved(event),
    pointerup: (event: PointerEvent) => this.released(event),
    pointercancel: () => this.cancel(),
    contextmenu: (event: MouseEvent) => event.preventDefault(),
    blur: (event: Event) => event.target === window && this.cancel(),
    keydown: (event: KeyboardEvent) => {
      if (event.key !== "Escape" || !this.carried) return;
      event.preventDefault();
      event.stopImmediatePropagation();
      this.cancel();
    },
  });

  private moved(event: PointerEvent): void {
    if (!this.grip || !event.isPrimary) return;
    const { at } = this.grip;
    this.point = { x: event.clientX, y: event.clientY };
    if (this.carried) {
      event.preventDefault();
      this.look();
      return;
    }
    const away_px = Math.hypot(event.clientX - at.x, event.clientY - at.y);
    if (at.touch && away_px > TOUCH_SLACK_PX) this.cancel();
    else if (!at.touch && away_px > SLACK_PX) this.start();
  }

  private released(event: PointerEvent): void {
    if (!event.isPrimary) return;
    if (!this.carried) {
      this.cancel();
      return;
    }
    // What follows is no click on whatever lies there.
    const swallow = (click: Event) => {
      click.preventDefault();
      click.stopImmediatePropagation();
    };
    addEventListener("click", swallow, { capture: true, once: true });
    setTimeout(() => removeEventListener("click", swallow, { capture: true }), 0);
    this.drop();
  }

  private look(): void {
    const { x, y } = this.point;
    this.onPoint?.(x, y);
    this.aim(this.targetAt(x, y));
  }

  private targetAt(x: number, y: number): Target | null {
    const spot = document.elementFromPoint(x, y)?.closest<HTMLElement>("[data-drop]");
    const id = spot?.dataset.courier ?? "";
    switch (spot?.dataset.drop) {
      case "queue":
        return { kind: "queue" };
      case "courier":
        return { kind: "courier", id };
      case "lane": {
        const place = this.places.lane?.(id, x);
        return { kind: "courier", id, ...(place !== undefined && { place }) };
      }
      case "map": {
        const found = this.places.courier?.(x, y);
        return found ? { kind: "courier", id: found } : null;
      }
      default:
        return null;
    }
  }

  /** Near the edge of a list, the list moves on under what is carried. */
  private scroll(): void {
    const { x, y } = this.point;
    const box = document.elementFromPoint(x, y)?.closest<HTMLElement>("[data-scrolls]");
    if (box) {
      const { top, bottom } = box.getBoundingClientRect();
      const by = y < top + EDGE_PX ? -SCROLL_PX : y > bottom - EDGE_PX ? SCROLL_PX : 0;
      const before = box.scrollTop;
      box.scrollTop += by;
      if (box.scrollTop !== before) this.look();
    }
    this.frame = requestAnimationFrame(() => this.scroll());
  }
}

export function isSameTarget(a: Target | null, b: Target | null): boolean {
  return JSON.stringify(a) === JSON.stringify(b);
}
