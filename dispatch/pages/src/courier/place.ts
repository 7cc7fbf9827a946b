import { distance_m } from "../shared/geo/path";
import type { Fix, Policy } from "../shared/protocol/courier_messages";

type Geo = Pick<Geolocation, "watchPosition" | "clearWatch" | "getCurrentPosition">;

export interface PlaceParts {
  geolocation: Geo | undefined;
  mono: () => number;
  wall: () => number;
  /** Business time now, and how fast it runs. */
  now_ms: () => number;
  rate: () => number;
  /** The battery's charge in [0, 1]; undefined where the browser does not tell. */
  battery: () => number | undefined;
  /** A place, and whether it is due to be reported; if not, only the heartbeats tell it. */
  onFix(fix: Fix, isDue: boolean): void;
  onTrouble(code: "denied" | "unavailable"): void;
}

export const FIRST_POLICY: Policy = { t: "policy", fix_interval_s: 10 };
const PERMISSION_DENIED = 1;
/** Errors between places are normal (tall houses, the emulation of browsers); for so long nobody is told. */
const TROUBLE_AFTER_MS = 30_000;
/** A phone that lies still is not told its place again by itself: ask. */
const ASK_EVERY_MS = 15_000;
/** Places come a little early or late: what is this near to being due is due. */
const EARLY_RATIO = 0.9;
/** 1e-6 degrees are at most 11 cm. */
const DEGREE_DIGITS = 1e6;

/** When a fix was last reported, by the monotonic clock, and where. */
export interface Reported {
  fix: Fix;
  mono_ms: number;
}

/** Whether a place is worth reporting under this policy, with business time running `rate` times as fast. */
export function isDue(fix: Fix, mono_ms: number, last: Reported | null, policy: Policy, rate: number): boolean {
  if (!last) return true;
  if (fix.at_ms <= last.fix.at_ms) return false;
  const interval_ms = (policy.fix_interval_s * 1000) / rate;
  if (mono_ms - last.mono_ms < interval_ms * EARLY_RATIO) return false;
  return distance_m(last.fix, fix) >= (policy.min_move_m ?? 0);
}

/** What a browser tells, as the protocol says it: unknown and impossible values are left out. */
export function fixOf(coords: GeolocationCoordinates, at_ms: number, battery?: number): Fix {
  const rest = {
    acc_m: within(coords.accuracy, 1e6, 10),
    speed_mps: within(coords.speed, 1e3, 100),
    heading_deg: within(coords.heading, 360, 10),
    battery: within(battery, 1, 100),
  };
  const known = Object.fromEntries(Object.entries(rest).filter(([, value]) => value !== undefined));
  return { at_ms: Math.max(0, at_ms), lat: rounded(coords.latitude), lon: rounded(coords.longitude), ...known };
}

function within(value: number | null | undefined, high: number, digits: number): number | undefined {
  if (typeof value !== "number" || !(value >= 0 && value <= high)) return undefined;
  return Math.round(value * digits) / digits;
}

function rounded(degrees: number): number {
  return Math.round(degrees * DEGREE_DIGITS) / DEGREE_DIGITS;
}

/** Where the phone is, as often as the server wants to know it. */
export class PlaceWatch {
  policy: Policy = FIRST_POLICY;
  private watch: number | null = null;
  private asking: ReturnType<typeof setInterval> | undefined;
  private last: Reported | null = null;
  private known_mono_ms = 0;
  private isTold = false;

  constructor(private readonly parts: PlaceParts) {}

  on(): void {
    const { geolocation, onTrouble } = this.parts;
    if (!geolocation) onTrouble("unavailable");
    else if (this.watch === null) this.begin(geolocation);
  }

  private begin(geolocation: Geo): void {
    this.known_mono_ms = this.parts.mono();
    this.isTold = false;
    const options = { enableHighAccuracy: true, maximumAge: 0 };
    this.watch = geolocation.watchPosition(this.known, this.unknown, options);
    this.asking = setInterval(() => this.ask(geolocation), ASK_EVERY_MS);
  }

  off(): void {
    clearInterval(this.asking);
    if (this.watch !== null) this.parts.geolocation?.clearWatch(this.watch);
    this.watch = null;
  }

  /** The app is looked at again: a permission may have been given meanwhile, and the place is asked for at once. */
  look(): void {
    const { geolocation } = this.parts;
    if (!geolocation || this.watch === null) return;
    if (this.isTold) {
      this.off();
      this.on();
    } else this.ask(geolocation);
  }

  private ask(geolocation: Geo): void {
    if (this.parts.mono() - this.known_mono_ms < ASK_EVERY_MS * EARLY_RATIO) return;
    const options = { enableHighAccuracy: true, maximumAge: ASK_EVERY_MS, timeout: ASK_EVERY_MS };
    geolocation.getCurrentPosition(this.known, this.unknown, options);
  }

  private readonly known = (position: GeolocationPosition): void => {
    if (this.watch === null) return;
    const { mono, wall, now_ms, rate, battery, onFix } = this.parts;
    this.known_mono_ms = mono();
    this.isTold = false;
    const age_ms = Math.min(ASK_EVERY_MS, Math.max(0, wall() - position.timestamp));
    const fix = fixOf(position.coords, Math.round(now_ms() - age_ms * rate()), battery());
    const due = isDue(fix, mono(), this.last, this.policy, rate());
    if (due) this.last = { fix, mono_ms: mono() };
    onFix(fix, due);
  };

  private readonly unknown = (error: GeolocationPositionError): void => {
    if (this.watch === null || this.isTold) return;
    const isDenied = error.code === PERMISSION_DENIED;
    if (!isDenied && this.parts.mono() - this.known_mono_ms < TROUBLE_AFTER_MS) return;
    this.isTold = true;
    this.parts.onTrouble(isDenied ? "denied" : "unavailable");
  };
}
