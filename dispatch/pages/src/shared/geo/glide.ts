import type { FixView } from "../protocol/messages";
import { bearing_deg, between, distance_m, offset, type Path, type Place } from "./path";

/** Where a courier is drawn, and which way the arrow points (degrees from north; null: unknown). */
export interface Shown extends Place {
  heading_deg: number | null;
}

/** Farther from the route than this, a courier is not on it. */
const ON_PATH_M = 45;
/** A correction longer than this is a jump, not a glide. */
const JUMP_M = 400;
/** The longest time that is guessed ahead of a fix, business milliseconds, however rare the fixes are. */
const GUESS_MAX_MS = 15_000;
const FIRST_INTERVAL_MS = 5_000;
/** Time constants of the corrections, real milliseconds: two thirds of an error are gone after one. */
const PLACE_EASE_MS = 220;
const TURN_EASE_MS = 140;

/**
 * The motion of one marker between fixes.
 *
 * A courier whose fix lies on the planned route is moved along that route at the speed last seen, for at most one
 * reporting interval, and then waits there. A fix that shows the guess ran ahead makes the marker wait, not reverse.
 * Off the route the same is done in a straight line. Pure but for what it remembers; times come in as arguments.
 */
export class Glide {
  private fix: FixView | null = null;
  private path: Path | null = null;
  private interval_ms = FIRST_INTERVAL_MS;
  private speed_mps = 0;
  /** The fix's place on the path, metres; null when it is not on it. */
  private fixAlong_m: number | null = null;
  private shownAlong_m: number | null = null;
  private shown: Shown | null = null;
  private settled = true;

  /** The newest place. Older ones never come here: the reducer keeps (generation, seq) in order. */
  take(fix: FixView): void {
    const last = this.fix;
    if (last && fix.gen === last.gen && fix.seq === last.seq) return;
    this.fix = fix;
    this.settled = false;
    if (last && fix.at_ms > last.at_ms) this.learn(last, fix);
    else this.speed_mps = fix.speed_mps ?? 0;
    this.attach();
  }

  /** The route ahead, or null when none is known. */
  follow(path: Path | null): void {
    if (path === this.path) return;
    this.path = path && path.places.length > 1 ? path : null;
    this.fixAlong_m = null;
    this.shownAlong_m = null;
    this.settled = false;
    this.attach();
  }

  /** Whether nothing moves until the next fix. */
  get still(): boolean {
    return this.settled;
  }

  /** How far along its route the courier was last seen, metres; null off route. */
  get along_m(): number | null {
    return this.fixAlong_m;
  }

  /** The marker at business time `now_ms`, `frame_ms` real milliseconds after the last call. */
  step(now_ms: number, frame_ms: number, jump = false): Shown | null {
    if (!this.fix) return null;
    const ahead_ms = Math.min(Math.max(0, now_ms - this.fix.at_ms), this.interval_ms);
    const ahead_m = jump ? 0 : (this.speed_mps * ahead_ms) / 1000;
    const ease = jump || !this.shown ? 1 : 1 - Math.exp(-frame_ms / PLACE_EASE_MS);
    const before = this.shown;
    const place = this.fixAlong_m === null ? this.straight(ahead_m, ease) : this.along(this.fixAlong_m + ahead_m, ease);
    const turn = jump || !before ? 1 : 1 - Math.exp(-frame_ms / TURN_EASE_MS);
    this.shown = { lat: place.lat, lon: place.lon, heading_deg: turned(before?.heading_deg, place.heading_deg, turn) };
    this.settled = ahead_ms >= this.interval_ms && before !== null && distance_m(before, place) < 0.02;
    return this.shown;
  }

  private learn(last: FixView, fix: FixView): void {
    const gap_ms = fix.at_ms - last.at_ms;
    this.interval_ms = Math.min(GUESS_MAX_MS, 0.5 * this.interval_ms + 0.5 * gap_ms);
    this.speed_mps = fix.speed_mps ?? (distance_m(last, fix) / gap_ms) * 1000;
  }

  private attach(): void {
    if (!this.fix || !this.path) {
      this.fixAlong_m = null;
      return;
    }
    const found = this.path.project(this.fix, this.fixAlong_m ?? undefined);
    this.fixAlong_m = found.off_m <= ON_PATH_M ? found.along_m : null;
    if (this.fixAlong_m === null) this.shownAlong_m = null;
    else if (this.shownAlong_m === null && this.shown) this.rejoin(this.path, this.shown, this.fixAlong_m);
  }

  /** Back on a path: carry on from where the marker is drawn, when that is on the path as well. */
  private rejoin(path: Path, shown: Shown, fixAlong_m: number): void {
    const drawn = path.project(shown, fixAlong_m);
    const near = drawn.off_m <= ON_PATH_M && Math.abs(drawn.along_m - fixAlong_m) <= JUMP_M;
    this.shownAlong_m = near ? drawn.along_m : null;
  }

  private along(target_m: number, ease: number): Shown {
    const path = this.path as Path;
    const from_m = this.shownAlong_m ?? target_m;
    const gap_m = target_m - from_m;
    const moved_m = Math.abs(gap_m) > JUMP_M ? gap_m : Math.max(0, gap_m) * ease;
    this.shownAlong_m = Math.min(path.length_m, from_m + moved_m);
    return { ...path.at(this.shownAlong_m), heading_deg: path.heading_deg(this.shownAlong_m) };
  }

  private straight(ahead_m: number, ease: number): Shown {
    const fix = this.fix as FixView;
    const heading_deg = fix.heading_deg ?? this.drift_deg(fix);
    const target = heading_deg === null ? fix : offset(fix, heading_deg, ahead_m);
    if (!this.shown || distance_m(this.shown, target) > JUMP_M) return { ...pure(target), heading_deg };
    return { ...between(this.shown, target, ease), heading_deg };
  }

  private drift_deg(fix: FixView): number | null {
    const known = this.shown?.heading_deg ?? null;
    return this.shown && distance_m(this.shown, fix) > 5 ? bearing_deg(this.shown, fix) : known;
  }
}

function pure(place: Place): Place {
  return { lat: place.lat, lon: place.lon };
}

/** Turn by a share of the smaller angle. */
function turned(from_deg: number | null | undefined, to_deg: number | null, share: number): number | null {
  if (to_deg === null || from_deg === null || from_deg === undefined) return to_deg;
  const delta = ((to_deg - from_deg + 540) % 360) - 180;
  return (from_deg + delta * share + 360) % 360;
}
