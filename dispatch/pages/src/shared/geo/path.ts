/** A place in degrees, WGS-84. */
export interface Place {
  lat: number;
  lon: number;
}

const EARTH_RADIUS_M = 6_371_008.8;
const RAD = Math.PI / 180;
const POLYLINE_SCALE = 1e6;

/** Metres between two places; equirectangular, good to 0.1% within a city. */
export function distance_m(a: Place, b: Place): number {
  const x = (b.lon - a.lon) * RAD * Math.cos(((a.lat + b.lat) / 2) * RAD);
  const y = (b.lat - a.lat) * RAD;
  return Math.hypot(x, y) * EARTH_RADIUS_M;
}

/** Degrees from north, clockwise, in [0, 360). */
export function bearing_deg(a: Place, b: Place): number {
  const x = (b.lon - a.lon) * Math.cos(((a.lat + b.lat) / 2) * RAD);
  return (Math.atan2(x, b.lat - a.lat) / RAD + 360) % 360;
}

/** The place `metres` from `from` in a straight line. */
export function offset(from: Place, heading_deg: number, metres: number): Place {
  const angle = metres / EARTH_RADIUS_M / RAD;
  const lat = from.lat + angle * Math.cos(heading_deg * RAD);
  return { lat, lon: from.lon + (angle * Math.sin(heading_deg * RAD)) / Math.cos(from.lat * RAD) };
}

/** The point between a (0) and b (1). */
export function between(a: Place, b: Place, share: number): Place {
  return { lat: a.lat + (b.lat - a.lat) * share, lon: a.lon + (b.lon - a.lon) * share };
}

/** Decode an encoded polyline of precision 6. A broken tail is dropped. */
export function decodePolyline6(text: string): Place[] {
  const places: Place[] = [];
  const sums = [0, 0];
  let at = 0;
  while (at < text.length) {
    for (let axis = 0; axis < 2; axis++) {
      let value = 0;
      let shift = 0;
      let digit = 32;
      while (digit >= 32) {
        if (at >= text.length) return places;
        digit = text.charCodeAt(at++) - 63;
        value |= (digit & 31) << shift;
        shift += 5;
      }
      sums[axis] = (sums[axis] ?? 0) + (value & 1 ? ~(value >> 1) : value >> 1);
    }
    places.push({ lat: (sums[0] ?? 0) / POLYLINE_SCALE, lon: (sums[1] ?? 0) / POLYLINE_SCALE });
  }
  return places;
}

/** Where a place lies on a path: metres from its start, and metres beside it. */
export interface Projection {
  along_m: number;
  off_m: number;
}

/** How much a candidate that lies behind, or far ahead, of where we were must be nearer to be believed. */
const BEHIND = { beyond_m: 30, costs_m: 60 };
const AHEAD = { beyond_m: 500, costs_m: 40 };

/** A line along roads, measured from its start. */
export class Path {
  private readonly from_start_m: Float64Array;

  constructor(readonly places: readonly Place[]) {
    this.from_start_m = new Float64Array(places.length);
    for (let i = 1; i < places.length; i++) {
      this.from_start_m[i] = this.measured(i - 1) + distance_m(this.place(i - 1), this.place(i));
    }
  }

  get length_m(): number {
    return this.measured(this.places.length - 1);
  }

  /** The place after `along_m` metres; the ends when before or beyond them. */
  at(along_m: number): Place {
    const i = this.segment(along_m);
    const span_m = this.measured(i + 1) - this.measured(i);
    const share = span_m > 0 ? (along_m - this.measured(i)) / span_m : 0;
    return between(this.place(i), this.place(i + 1), Math.min(1, Math.max(0, share)));
  }

  /** The direction of travel after `along_m` metres, degrees from north. */
  heading_deg(along_m: number): number {
    const i = this.segment(along_m);
    return bearing_deg(this.place(i), this.place(i + 1));
  }

  /** The part between two measures, ends included. */
  slice(from_m: number, to_m: number): Place[] {
    const inner = this.places.filter((_, i) => this.measured(i) > from_m && this.measured(i) < to_m);
    return to_m > from_m ? [this.at(from_m), ...inner, this.at(to_m)] : [];
  }

  /** The nearest point of the path; `near_m` is where we last were, for roads that are travelled twice. */
  project(place: Place, near_m?: number): Projection {
    let best: Projection = { along_m: 0, off_m: Number.POSITIVE_INFINITY };
    let least_m = Number.POSITIVE_INFINITY;
    for (let i = 0; i + 1 < this.places.length; i++) {
      const found = this.onSegment(place, i);
      const cost_m = found.off_m + (near_m === undefined ? 0 : strangeness_m(found.along_m - near_m));
      if (cost_m < least_m) {
        least_m = cost_m;
        best = found;
      }
    }
    return best;
  }

  private onSegment(place: Place, i: number): Projection {
    const a = this.place(i);
    const b = this.place(i + 1);
    const k = Math.cos(a.lat * RAD);
    const dx = (b.lon - a.lon) * k;
    const dy = b.lat - a.lat;
    const square = dx * dx + dy * dy;
    const raw = square > 0 ? ((place.lon - a.lon) * k * dx + (place.lat - a.lat) * dy) / square : 0;
    const share = Math.min(1, Math.max(0, raw));
    const along_m = this.measured(i) + share * (this.measured(i + 1) - this.measured(i));
    return { along_m, off_m: distance_m(place, between(a, b, share)) };
  }

  /** The index of the last point at or before `along_m`, by bisection. */
  private segment(along_m: number): number {
    let low = 0;
    let high = Math.max(0, this.places.length - 2);
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if (this.measured(middle) <= along_m) low = middle;
      else high = middle - 1;
    }
    return low;
  }

  private measured(i: number): number {
    return this.from_start_m[Math.max(0, i)] ?? 0;
  }

  private place(i: number): Place {
    return this.places[i] ?? this.places[this.places.length - 1] ?? { lat: 0, lon: 0 };
  }
}

function strangeness_m(ahead_m: number): number {
  if (ahead_m < -BEHIND.beyond_m) return BEHIND.costs_m;
  return ahead_m > AHEAD.beyond_m ? AHEAD.costs_m : 0;
}
