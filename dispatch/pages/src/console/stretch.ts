import { bearing_deg, between, distance_m } from "../shared/geo/path";
import type { FixView, ZoneChange, ZoneSnapshot } from "../shared/protocol/messages";
import { EMPTY_ZONE, reduceZone, type ZoneState } from "../shared/store/zone";
import type { Incident } from "./traffic";

/** A zone as it was at `at_ms`, and what changed up to `until_ms`; see `/v1/zones/{id}/as-of`. */
export interface AsOf {
  at_ms: number;
  until_ms: number;
  /** When the log begins: the earliest moment of all. */
  first_at_ms: number;
  /** When the last event up to the moment happened, and the first after it; 0: there is none. */
  event_at_ms: number;
  next_at_ms: number;
  zone_snapshot: ZoneSnapshot;
  changes: readonly ZoneChange[];
  incidents: readonly Incident[];
}

export type TrackPlace = readonly [
  at_ms: number,
  lat: number,
  lon: number,
  heading_deg: number | null,
  speed_mps: number | null,
];

/** Where couriers were in a period; see `/v1/zones/{id}/tracks`. */
export interface Tracks {
  to_ms: number;
  tracks: readonly { courier_id: string; places: readonly TrackPlace[] }[];
}

/** Nobody knows where somebody was between two places that are farther apart in time: they wait at the first one. */
const GAP_MS = 60_000;
/** Nothing but the times of stops moved: no step for people. */
const NO_STEP = new Set(["route_retimed", "spread_learnt"]);

/** A stretch of the past that can be looked at anywhere, to and fro. */
export class Stretch {
  readonly from_ms: number;
  readonly until_ms: number;
  readonly incidents: readonly Incident[];
  private readonly start: ZoneState;
  private readonly tracks: ReadonlyMap<string, readonly TrackPlace[]>;
  private known: { applied: number; state: ZoneState };
  private fixes = new Map<string, FixView>();

  constructor(
    readonly asOf: AsOf,
    tracks: Tracks,
  ) {
    this.from_ms = asOf.at_ms;
    this.until_ms = Math.max(asOf.at_ms, Math.min(asOf.until_ms, tracks.to_ms));
    this.incidents = asOf.incidents;
    this.start = reduceZone(EMPTY_ZONE, asOf.zone_snapshot);
    this.tracks = withStart(asOf.zone_snapshot.fixes ?? [], tracks);
    this.known = { applied: 0, state: this.start };
  }

  covers(at_ms: number): boolean {
    return this.from_ms <= at_ms && at_ms <= this.until_ms;
  }

  /** The zone at a moment of the stretch. What did not change between two calls stays the same object. */
  at(at_ms: number): ZoneState {
    const { changes } = this.asOf;
    const applied = changes.filter((change) => change.at_ms <= at_ms).length;
    const before = applied < this.known.applied ? { applied: 0, state: this.start } : this.known;
    const more = changes.slice(before.applied, applied);
    const state = more.length > 0 ? reduceZone(before.state, combined(more)) : before.state;
    this.known = { applied, state };
    return { ...state, fixes: this.fixesAt(at_ms) };
  }

  /** The moment of the step before or after a moment; null when it is not in this stretch. */
  step(at_ms: number, by: 1 | -1): number | null {
    const steps = this.asOf.changes.filter(({ event }) => !NO_STEP.has(event)).map((change) => change.at_ms);
    const { event_at_ms } = this.asOf;
    if (by > 0) return steps.find((step_ms) => step_ms > at_ms) ?? null;
    return steps.findLast((step_ms) => step_ms < at_ms) ?? (event_at_ms && event_at_ms < at_ms ? event_at_ms : null);
  }

  private fixesAt(at_ms: number): ReadonlyMap<string, FixView> {
    const fixes = new Map<string, FixView>();
    for (const [id, places] of this.tracks) {
      const fix = fixAt(id, places, at_ms);
      const known = this.fixes.get(id);
      if (fix) fixes.set(id, known?.seq === fix.seq ? known : fix);
    }
    this.fixes = fixes;
    return fixes;
  }
}

/** Where somebody was at a moment: between two places of their track, or at the last one. */
export function fixAt(courier_id: string, places: readonly TrackPlace[], at_ms: number): FixView | null {
  const next = places.findIndex(([place_ms]) => place_ms > at_ms);
  const before = places[(next < 0 ? places.length : next) - 1];
  const after = next < 0 ? undefined : places[next];
  if (!before) return null;
  const [from_ms, lat, lon, heading_deg] = before;
  if (!after || after[0] - from_ms > GAP_MS) {
    return { courier_id, gen: 1, seq: from_ms, at_ms: from_ms, lat, lon, heading_deg, speed_mps: 0 };
  }
  const there = { lat: after[1], lon: after[2] };
  const share = (at_ms - from_ms) / (after[0] - from_ms);
  const metres = distance_m({ lat, lon }, there);
  return {
    courier_id,
    gen: 1,
    seq: Math.round(at_ms),
    at_ms,
    ...between({ lat, lon }, there, share),
    heading_deg: metres > 5 ? bearing_deg({ lat, lon }, there) : heading_deg,
    speed_mps: (metres / (after[0] - from_ms)) * 1000,
  };
}

/** The tracks, each with the place before it. */
function withStart(fixes: readonly FixView[], { tracks }: Tracks): Map<string, readonly TrackPlace[]> {
  const all = new Map<string, readonly TrackPlace[]>();
  for (const { courier_id, at_ms, lat, lon, heading_deg, speed_mps } of fixes) {
    all.set(courier_id, [[at_ms, lat, lon, heading_deg ?? null, speed_mps ?? null]]);
  }
  for (const { courier_id, places } of tracks) {
    const [first] = places;
    const start = (all.get(courier_id) ?? []).filter(([at_ms]) => !first || at_ms < first[0]);
    all.set(courier_id, [...start, ...places]);
  }
  return all;
}

/** Many changes as one: of each thing the newest view. */
export function combined(changes: readonly ZoneChange[]): ZoneChange {
  const last = changes[changes.length - 1] as ZoneChange;
  return {
    ...last,
    prev: changes[0]?.prev ?? last.prev,
    orders: newest(changes.flatMap((change) => change.orders ?? [])),
    couriers: newest(changes.flatMap((change) => change.couriers ?? [])),
    depots: newest(changes.flatMap((change) => change.depots ?? [])),
    cases: newest(changes.flatMap((change) => change.cases ?? [])),
    paths: changes.flatMap((change) => change.paths ?? []),
    messages: changes.flatMap((change) => change.messages ?? []),
  };
}

function newest<T extends { id: string }>(views: readonly T[]): T[] {
  return [...new Map(views.map((view) => [view.id, view])).values()];
}
