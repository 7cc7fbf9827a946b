import type { Place } from "../shared/geo/path";
import { get, type Outcome, put, remove } from "../shared/http";
import { type Key, t } from "../shared/i18n";
import type { AreaShape } from "../shared/map/area_style";
import type { Sketch } from "../shared/map/incident_style";
import { lateness_ms, phaseOf } from "../shared/order";
import { lastPlace, type ZoneState } from "../shared/store/zone";
import { problemWords } from "./problem_words";

/** A part of the zone, as `/v1/areas` has it. */
export interface Area {
  id: string;
  name: string;
  ring: readonly Place[];
}

/** An area that is being drawn; `id` is empty for a new one. */
export interface AreaDraft {
  step: "drawing" | "naming";
  id: string;
  name: string;
  corners: readonly Place[];
}

export const NEW_AREA: AreaDraft = { step: "drawing", id: "", name: "", corners: [] };
const LEAST_CORNERS = 3;

/** What is in an area now. */
export interface Inside {
  open_orders: number;
  late_orders: number;
  couriers: number;
  depots: number;
}

export function isRing({ corners }: AreaDraft): boolean {
  return corners.length >= LEAST_CORNERS;
}

/** Whether a place is inside a ring: how often a line from it to the east crosses the border is odd. */
export function isInside({ lat, lon }: Place, ring: readonly Place[]): boolean {
  let inside = false;
  for (const [i, a] of ring.entries()) {
    const b = ring.at(i - 1) as Place;
    if (a.lat > lat === b.lat > lat) continue;
    if (lon < a.lon + ((lat - a.lat) / (b.lat - a.lat)) * (b.lon - a.lon)) inside = !inside;
  }
  return inside;
}

/** What an area holds as the zone stands: its effect can be seen before it is drawn to its end. */
export function insideOf(ring: readonly Place[], zone: ZoneState, now_ms: number): Inside {
  const found: Inside = { open_orders: 0, late_orders: 0, couriers: 0, depots: 0 };
  for (const order of zone.orders.values()) {
    const phase = phaseOf(order);
    if (phase === "done" || phase === "canceled" || !isInside(order, ring)) continue;
    found.open_orders += 1;
    if (lateness_ms(order, now_ms) > 0) found.late_orders += 1;
  }
  for (const id of zone.couriers.keys()) {
    const place = lastPlace(zone, id);
    if (place && isInside(place, ring)) found.couriers += 1;
  }
  for (const depot of zone.depots.values()) if (isInside(depot, ring)) found.depots += 1;
  return found;
}

export function insideWords({ open_orders, late_orders, couriers, depots }: Inside): string {
  return t("areas.inside", { orders: open_orders, late: late_orders, couriers, depots });
}

/** The areas as the map draws them; the one that is being changed is drawn as a sketch instead. */
export function areaShapes(areas: readonly Area[], selected: string, draft: AreaDraft | null): AreaShape[] {
  return areas.filter(({ id }) => id !== draft?.id).map((area) => ({ ...area, selected: area.id === selected }));
}

export function areaSketch({ corners }: AreaDraft): Sketch {
  return { kind: "area", area: true, corners };
}

/** An id that is free: the letters and digits of the name, or else a number. */
export function freeId(name: string, taken: readonly Area[]): string {
  const plain = name
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, "-")
    .replace(/^-+|-+$/g, "")
    .slice(0, 40);
  const ids = new Set(taken.map(({ id }) => id));
  const base = plain || "area";
  if (plain && !ids.has(plain)) return plain;
  let n = 1;
  while (ids.has(`${base}-${n}`)) n += 1;
  return `${base}-${n}`;
}

// --- the server -----------------------------------------------------------------------------------------------------

/** Every area, by name; null when they cannot be had. */
export async function fetchAreas(token: string, zone: string): Promise<readonly Area[] | null> {
  const found = (await get(`/v1/areas?${new URLSearchParams({ zone })}`, token)) as { areas: readonly Area[] } | null;
  return found && [...found.areas].sort((a, b) => a.name.localeCompare(b.name));
}

export function sendArea(token: string, zone: string, { id, name, ring }: Area): Promise<Outcome> {
  return put(`/v1/areas/${encodeURIComponent(id)}`, { name, ring, zone }, { token });
}

export function sendAreaEnd(token: string, zone: string, id: string): Promise<Outcome> {
  return remove(`/v1/areas/${encodeURIComponent(id)}?${new URLSearchParams({ zone })}`, { token });
}

const TOLD: Readonly<Record<string, Key>> = {
  bad_ring: "areas.problem.ring",
  bad_field: "areas.problem.name",
};

/** A refusal in one sentence of the reader's language; empty for what is none. */
export function areaTrouble(outcome: Outcome): string {
  // The only thing that an area can be at odds with is who calls it theirs.
  if (outcome.kind === "conflict") return t("areas.problem.in_use");
  const key = outcome.kind === "refused" ? TOLD[outcome.code ?? ""] : undefined;
  return key ? t(key) : problemWords(outcome);
}
