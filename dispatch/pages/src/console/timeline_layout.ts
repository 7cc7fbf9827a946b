import type { Tone } from "../shared/order";
import { phaseOf } from "../shared/order";
import type { CourierView, OrderView, StopView } from "../shared/protocol/messages";
import type { ZoneState } from "../shared/store/zone";
import { onDuty } from "./queues";

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;

/** The part of time that is on the screen, relative to now, so that it goes with the clock. */
export interface Span {
  /** From now to its start; negative: it starts in the past. */
  ahead_ms: number;
  length_ms: number;
}

export const FIRST_SPAN: Span = { ahead_ms: -15 * MINUTE_MS, length_ms: 195 * MINUTE_MS };
const LEAST_MS = 20 * MINUTE_MS;
const MOST_MS = 24 * HOUR_MS;
/** Nothing is planned further away than this. */
const FARTHEST_MS = 24 * HOUR_MS;

export interface Lane {
  courier: CourierView;
  /** The worst of the orders ahead. */
  tone: Tone;
}

/** A stop in time. */
export interface Bar {
  stop: StopView;
  /** When the ride to it begins: when the stop before is left, or now. */
  ride_ms: number;
  arrive_ms: number;
  /** Later than the arrival by as long as the courier has to wait. */
  begin_ms: number;
  leave_ms: number;
  tone: Tone;
  locked: boolean;
  /** How many stops that are not started come before it; -1: it is started itself. */
  place: number;
}

/** When an order of a stop was promised. */
export interface Promised {
  order_id: string;
  at_ms: number;
  tone: Tone;
}

const WORST_FIRST: readonly Tone[] = ["late", "at_risk", "on_time", "unknown"];
const RANKS: Readonly<Record<Tone, number>> = { late: 0, at_risk: 1, on_time: 2, unknown: 3 };

/** Couriers by name. Names hardly ever change, and to compare a thousand takes longer than all else of an update. */
export class ByName {
  private readonly names = new Intl.Collator();
  private known: ReadonlyMap<string, string> = new Map();
  private sorted: readonly string[] = [];

  ids(couriers: ReadonlyMap<string, CourierView>): readonly string[] {
    if (this.isKnown(couriers)) return this.sorted;
    const all = [...couriers.values()];
    this.known = new Map(all.map(({ id, name }) => [id, name]));
    this.sorted = all
      .sort((a, b) => this.names.compare(a.name, b.name) || (a.id < b.id ? -1 : 1))
      .map((courier) => courier.id);
    return this.sorted;
  }

  private isKnown(couriers: ReadonlyMap<string, CourierView>): boolean {
    if (couriers.size !== this.known.size) return false;
    for (const [id, { name }] of couriers) if (this.known.get(id) !== name) return false;
    return true;
  }
}

/** The lanes of everybody on duty, those first who need a person, then by name; `only` leaves one of them. */
export function lanesOf(zone: ZoneState, tones: ReadonlyMap<string, Tone>, byName: ByName, only = ""): Lane[] {
  const lanes: Lane[][] = WORST_FIRST.map(() => []);
  for (const id of only ? [only] : byName.ids(zone.couriers)) {
    const courier = zone.couriers.get(id);
    if (!courier || !(only || onDuty(courier))) continue;
    const tone = toneOfRoute(courier.stops ?? [], tones);
    lanes[RANKS[tone]]?.push({ courier, tone });
  }
  return lanes.flat();
}

function toneOfRoute(stops: readonly StopView[], tones: ReadonlyMap<string, Tone>): Tone {
  let worst: Tone = "unknown";
  for (const stop of stops) {
    for (const id of stop.order_ids) {
      const tone = tones.get(id) ?? "unknown";
      if (RANKS[tone] < RANKS[worst]) worst = tone;
    }
    if (worst === "late") break;
  }
  return worst;
}

/**
 * The stops of a courier in time. Nobody arrives in the past, nor before the stop ahead is left: an arrival that has
 * passed without a word is shown as now.
 */
export function barsOf(courier: CourierView, zone: ZoneState, tones: ReadonlyMap<string, Tone>, now_ms: number): Bar[] {
  let free_ms = now_ms;
  let planned = 0;
  return (courier.stops ?? []).map((stop) => {
    const isThere = stop.state === "arrived";
    const isPlanned = (stop.state ?? "planned") === "planned";
    const ride_ms = free_ms;
    const arrive_ms = isThere ? Math.min(stop.eta_at_ms || now_ms, now_ms) : Math.max(stop.eta_at_ms ?? 0, free_ms);
    const begin_ms = Math.max(arrive_ms, stop.earliest_at_ms ?? 0);
    const leave_ms = Math.max(begin_ms + (stop.service_s ?? 0) * 1000, isThere ? now_ms : 0);
    free_ms = leave_ms;
    return {
      stop,
      ride_ms: isThere ? arrive_ms : ride_ms,
      arrive_ms,
      begin_ms,
      leave_ms,
      tone: stop.kind === "pickup" ? "unknown" : toneOfRoute([stop], tones),
      locked: stop.order_ids.some((id) => (zone.orders.get(id)?.lock ?? "none") !== "none"),
      place: isPlanned ? planned++ : -1,
    };
  });
}

/** The promises that are kept or broken at a stop. */
export function promisesOf(stop: StopView, zone: ZoneState, tones: ReadonlyMap<string, Tone>): Promised[] {
  if (stop.kind === "pickup") return [];
  return stop.order_ids.flatMap((order_id) => {
    const at_ms = zone.orders.get(order_id)?.promise_at_ms ?? 0;
    return at_ms > 0 ? [{ order_id, at_ms, tone: tones.get(order_id) ?? "unknown" }] : [];
  });
}

/** The orders that nobody has, the first promised first. */
export function waitingOrders(zone: ZoneState): OrderView[] {
  const waiting: OrderView[] = [];
  for (const order of zone.orders.values()) {
    const phase = phaseOf(order);
    if ((phase === "waiting" && !order.courier_id) || phase === "held") waiting.push(order);
  }
  return waiting.sort((a, b) => a.promise_at_ms - b.promise_at_ms || (a.id < b.id ? -1 : 1));
}

/** How many stops that are not started come before a moment, the stop that is carried there left out. */
export function placeAt(bars: readonly Bar[], at_ms: number, carried = ""): number {
  return bars.filter(
    ({ stop, place, arrive_ms, leave_ms }) =>
      place >= 0 && stop.stop_id !== carried && (arrive_ms + leave_ms) / 2 <= at_ms,
  ).length;
}

/** The moment between the stops before and behind a place of the sequence; null where there is no such place. */
export function momentOf(bars: readonly Bar[], place: number, carried = ""): number | null {
  const left = bars.filter((bar) => bar.place >= 0 && bar.stop.stop_id !== carried);
  const [before, behind] = [left[place - 1], left[place]];
  if (before && behind) return (before.leave_ms + Math.max(behind.arrive_ms, before.leave_ms)) / 2;
  return before?.leave_ms ?? behind?.ride_ms ?? null;
}

/** Nearer or further by a factor, so that `at` (0 to 1 of the width) stays where it is: now, or the middle. */
export function zoomed({ ahead_ms, length_ms }: Span, factor: number, at = fixedPoint(-ahead_ms / length_ms)): Span {
  const next_ms = Math.min(MOST_MS, Math.max(LEAST_MS, length_ms * factor));
  return kept({ ahead_ms: ahead_ms + (length_ms - next_ms) * at, length_ms: next_ms });
}

function fixedPoint(now: number): number {
  return now >= 0 && now <= 1 ? now : 0.5;
}

/** Along time by a share of the width. */
export function panned({ ahead_ms, length_ms }: Span, share: number): Span {
  return kept({ ahead_ms: ahead_ms + length_ms * share, length_ms });
}

/** The least step along time after which a moment is on the screen. */
export function brought(span: Span, at_ms: number, now_ms: number): Span {
  const away_ms = at_ms - now_ms;
  const margin_ms = span.length_ms * 0.06;
  const least_ms = away_ms + margin_ms - span.length_ms;
  const most_ms = away_ms - margin_ms;
  const ahead_ms = Math.min(most_ms, Math.max(least_ms, span.ahead_ms));
  return ahead_ms === span.ahead_ms ? span : { ...span, ahead_ms };
}

function kept({ ahead_ms, length_ms }: Span): Span {
  return { ahead_ms: Math.max(-FARTHEST_MS, Math.min(FARTHEST_MS, ahead_ms)), length_ms };
}

const STEPS_MS = [1, 5, 10, 15, 30, 60, 120, 240].map((minutes) => minutes * MINUTE_MS);
const LABEL_PX = 64;

/** Where the axis is labelled: at round times of the reader's clock, so far apart that the labels have room. */
export function ticksOf(from_ms: number, length_ms: number, width_px: number): number[] {
  const least_ms = (LABEL_PX / Math.max(1, width_px)) * length_ms;
  const step_ms = STEPS_MS.find((each) => each >= least_ms) ?? 4 * HOUR_MS;
  const zone_ms = new Date(from_ms).getTimezoneOffset() * MINUTE_MS;
  const first_ms = Math.ceil((from_ms - zone_ms) / step_ms) * step_ms + zone_ms;
  const ticks: number[] = [];
  for (let at_ms = first_ms; at_ms < from_ms + length_ms; at_ms += step_ms) ticks.push(at_ms);
  return ticks;
}
