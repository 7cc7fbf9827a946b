import { clockTime, decimal } from "../shared/format";
import type { Place } from "../shared/geo/path";
import { distance_m } from "../shared/geo/path";
import type { Outcome } from "../shared/http";
import { type Key, t, tCode } from "../shared/i18n";
import type { IncidentKind, IncidentShape, Sketch } from "../shared/map/incident_style";
import type { Profile } from "../shared/protocol/messages";
import { problemWords } from "./problem_words";

export type { IncidentKind } from "../shared/map/incident_style";

type LonLat = readonly [lon: number, lat: number, ...rest: number[]];
type Geometry =
  | { type: "LineString"; coordinates: readonly LonLat[] }
  | { type: "Polygon"; coordinates: readonly (readonly LonLat[])[] };

/** An incident as `/v1/traffic` has it. `until_ms` 0: until somebody ends it; no `geometry`: it names edges. */
export interface Incident {
  id: string;
  kind: IncidentKind;
  reason: string;
  geometry: Geometry | null;
  factor: number;
  both_ways: boolean;
  profiles: readonly Profile[];
  from_ms: number;
  until_ms: number;
  by: string;
  edges: number;
  length_m: number;
}

export type ReportBody = Partial<Incident> & { zone: string };

export const KINDS: readonly IncidentKind[] = ["closure", "slowdown", "weather"];
/** So long it may be said to last; 0: until somebody ends it. */
export const DURATIONS_MIN: readonly number[] = [15, 30, 60, 120, 0];
export const FACTOR = { least: 1.2, most: 5, step: 0.1 } as const;
const MINUTE_MS = 60_000;
/** A second tap on the same spot is a slip of the finger. */
const SAME_SPOT_M = 2;

// --- what is on the streets -----------------------------------------------------------------------------------------

/** Where an incident was drawn; empty for one that names edges. */
export function placesOf({ geometry }: Incident): Place[] {
  if (!geometry) return [];
  if (geometry.type === "LineString") return geometry.coordinates.map(placeAt);
  return (geometry.coordinates[0] ?? []).slice(0, -1).map(placeAt); // a ring ends where it begins
}

function placeAt([lon, lat]: LonLat): Place {
  return { lat, lon };
}

/** The incidents as the map draws them. */
export function shapesOf(incidents: readonly Incident[], selected: string): IncidentShape[] {
  return incidents
    .filter(({ geometry }) => geometry)
    .map((incident) => ({
      id: incident.id,
      kind: incident.kind,
      area: incident.geometry?.type === "Polygon",
      places: placesOf(incident),
      note: incident.kind === "closure" ? "" : `×${decimal(incident.factor)}`,
      selected: incident.id === selected,
    }));
}

/** "12:40–13:10", or "since 12:40, until ended". */
export function timeWords({ from_ms, until_ms }: Incident, now_ms: number): string {
  const from = clockTime(from_ms);
  if (until_ms) return t("traffic.time.until", { from, until: clockTime(until_ms) });
  return t(from_ms > now_ms ? "traffic.time.from" : "traffic.time.since", { from });
}

/** "420 m", "1.2 km". */
export function lengthWords(length_m: number): string {
  return length_m < 1000
    ? t("traffic.length.m", { n: Math.round(length_m) })
    : t("traffic.length.km", { n: decimal(length_m / 1000) });
}

/** "Rides take 2 times as long." */
export function factorWords(factor: number): string {
  return t("traffic.factor.words", { n: decimal(factor) });
}

/** Whom it concerns, where not everybody; else empty. */
export function profileWords({ profiles }: Pick<Incident, "profiles">): string {
  return profiles.map((profile) => tCode("profile", profile)).join(", ");
}

// --- a report -------------------------------------------------------------------------------------------------------

/** What is being reported: first drawn, then told. */
export interface Draft {
  step: "drawing" | "telling";
  kind: IncidentKind;
  area: boolean;
  corners: readonly Place[];
  reason: string;
  factor: number;
  both_ways: boolean;
  until_min: number;
  profiles: readonly Profile[];
}

export const NEW_DRAFT: Draft = {
  step: "drawing",
  kind: "closure",
  area: false,
  corners: [],
  reason: "",
  factor: 2,
  both_ways: true,
  until_min: 60,
  profiles: [],
};

/** Weather is over an area, the others along a street, unless something has been drawn already. */
export function withKind(draft: Draft, kind: IncidentKind): Draft {
  return { ...draft, kind, area: draft.corners.length > 0 ? draft.area : kind === "weather" };
}

export function withCorner(draft: Draft, corner: Place): Draft {
  const last = draft.corners.at(-1);
  if (last && distance_m(last, corner) < SAME_SPOT_M) return draft;
  return { ...draft, corners: [...draft.corners, corner] };
}

export function withoutLastCorner(draft: Draft): Draft {
  return { ...draft, corners: draft.corners.slice(0, -1) };
}

/** A line has two places at least, an area three. */
export function isDrawn({ area, corners }: Draft): boolean {
  return corners.length >= (area ? 3 : 2);
}

/** On to the words, once there is something to tell about. */
export function finished(draft: Draft): Draft {
  return isDrawn(draft) ? { ...draft, step: "telling" } : draft;
}

/** From the words to the drawing, from the drawing to nothing. */
export function stepBack(draft: Draft | null): Draft | null {
  return draft?.step === "telling" ? { ...draft, step: "drawing" } : null;
}

export function withProfile(draft: Draft, profile: Profile, on: boolean): Draft {
  const others = draft.profiles.filter((each) => each !== profile);
  return { ...draft, profiles: on ? [...others, profile] : others };
}

export function sketchOf(draft: Draft): Sketch {
  const { kind, area, corners } = draft;
  return { kind, area, corners };
}

/** What to do next while drawing. */
export function drawingHint({ area, corners }: Draft): string {
  const left = (area ? 3 : 2) - corners.length;
  if (corners.length === 0) return t(area ? "traffic.draw.area" : "traffic.draw.line");
  if (left > 0) return t(left === 1 ? "traffic.draw.one" : "traffic.draw.more", { n: left });
  return t("traffic.draw.enough");
}

/** The report as the server takes it. What a kind has no use for is left out. */
export function reportOf(draft: Draft, zone: string, now_ms: number): ReportBody {
  const { kind, area, corners, reason, factor, both_ways, until_min, profiles } = draft;
  const line = corners.map(({ lon, lat }): LonLat => [lon, lat]);
  return {
    kind,
    reason: reason.trim(),
    geometry: area
      ? { type: "Polygon", coordinates: [[...line, ...line.slice(0, 1)]] }
      : { type: "LineString", coordinates: line },
    zone,
    ...(kind !== "closure" && { factor }),
    ...(!area && { both_ways }),
    ...(until_min > 0 && { until_ms: Math.round(now_ms) + until_min * MINUTE_MS }),
    ...(profiles.length > 0 && { profiles }),
  };
}

const TOLD: Readonly<Record<string, Key>> = {
  off_map: "traffic.problem.off_map",
  cuts_network: "traffic.problem.cuts_network",
  bad_geometry: "traffic.problem.bad_geometry",
  bad_window: "traffic.problem.bad_window",
  bad_factor: "traffic.problem.bad_factor",
  bad_field: "traffic.problem.bad_field",
  no_streets: "traffic.problem.no_streets",
  unknown_incident: "traffic.problem.unknown_incident",
  incident_over: "traffic.problem.unknown_incident",
};

/** A refusal in one sentence of the reader's language; empty for what is none. */
export function trafficTrouble(outcome: Outcome): string {
  const key = outcome.kind === "refused" ? TOLD[outcome.code ?? ""] : undefined;
  return key ? t(key) : problemWords(outcome);
}
