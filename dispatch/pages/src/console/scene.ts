import { decodePolyline6, Path, type Place } from "../shared/geo/path";
import type { DispatchMap, Mark, Padding, PartLine, Picked, RouteLine, StopMark } from "../shared/map/dispatch_map";
import { doneAt_ms, phaseOf, toneOf } from "../shared/order";
import type { CourierView, OrderView, RoutePath, View } from "../shared/protocol/messages";
import { lastPlace, type ZoneState } from "../shared/store/zone";
import { onDuty } from "./queues";
import type { DeskClock } from "./replay";
import type { Selection } from "./selection";

/** Marks and lines are drawn again at most this often; couriers move at every frame by themselves. */
const REDRAW_MS = 250;
/** The chosen route is cut off behind its courier this often, the others in so many turns. */
const TRIM_MS = 1_000;
const TRIM_TURNS = 5;
/** More routes than this on one screen are a carpet that tells nothing: then only the chosen one is drawn. */
const MOST_ROUTES = 150;
/** Delivered orders stay on the map for so long, business time. */
const DONE_SHOWN_MS = 10 * 60_000;
/** Without a fix for so long, business time, a place counts as old whatever the link says. */
const STALE_AFTER_MS = 60_000;
/** So long after the map has come to rest the server is told what is on the screen. */
const LOOK_AFTER_MS = 150;
/** At this zoom hardly any screen has more couriers than dots fit it. */
const CLOSE_ZOOM = 15;
const MARK_RANKS = { "order-unknown": 3, "order-on_time": 2, "order-at_risk": 4, "order-late": 5, "order-done": 0 };

/** Keeps the map in step with the zone and the selection. */
export class ZoneScene {
  private zone: ZoneState | null = null;
  private selection: Selection | null = null;
  private readonly paths = new Map<string, { view: RoutePath; path: Path }>();
  private readonly timer: ReturnType<typeof setInterval>;
  private redraw: ReturnType<typeof setTimeout> | undefined;
  private fitted = false;
  private ticks = 0;
  private looking: ReturnType<typeof setTimeout> | undefined;
  /** The selected courier, as long as nobody has said where they are. */
  private sought = "";
  private aimed = "";
  /** What is left of each route, as of the last trim. */
  private readonly trimmed = new Map<string, Place[]>();

  constructor(
    private readonly map: DispatchMap,
    private readonly clock: DeskClock,
    /** The part of the map that the drawer covers, CSS pixels. */
    private readonly covered_px: () => number,
    private readonly onLook: (view: View) => void,
  ) {
    this.timer = setInterval(() => this.tick(), TRIM_MS);
  }

  remove(): void {
    clearInterval(this.timer);
    clearTimeout(this.redraw);
    clearTimeout(this.looking);
    this.map.remove();
  }

  /** The zone changed from `before`. Places go to their markers at once, all else at the next redraw. */
  show(zone: ZoneState, before: ZoneState | null): void {
    this.zone = zone;
    if (zone.paths !== before?.paths) this.takePaths(zone);
    if (zone.fixes !== before?.fixes || zone.couriers !== before?.couriers) this.placeCouriers(zone, before);
    if (zone.orders !== before?.orders || zone.couriers !== before?.couriers || zone.paths !== before?.paths)
      this.later();
    if (zone.clusters !== before?.clusters) {
      this.map.setClusters(zone.clusters ?? []);
      this.later();
    }
    if (this.sought) this.seek(zone, before);
    if (!this.fitted && zone.synced) {
      this.fitted = true;
      this.fitAll(false);
      this.moved();
    }
  }

  /** The map has come to rest. What it shows is told once it has shown everything, for only then is it known. */
  moved(): void {
    if (!this.fitted) return;
    clearTimeout(this.looking);
    this.looking = setTimeout(() => {
      const view = this.map.view();
      if (view && !isSameView(view, this.zone?.view ?? null)) this.onLook(view);
    }, LOOK_AFTER_MS);
  }

  /** Somebody moves the map: it goes nowhere by itself any more. */
  movedByHand(): void {
    this.sought = "";
  }

  select(selection: Selection | null): void {
    this.selection = selection;
    if (!this.zone) return;
    this.placeCouriers(this.zone, null);
    this.draw();
    this.sought = selection?.kind === "courier" && !this.zone.fixes.has(selection.id) ? selection.id : "";
    const place = selection && placeOf(this.zone, selection);
    if (place) this.goTo(place);
  }

  /** Something is carried over a courier, who stands out as long; empty: over nobody. */
  aim(courier_id: string): void {
    this.aimed = courier_id;
    if (this.zone) this.placeCouriers(this.zone, null);
  }

  /** Somebody out of sight was selected: go to where they were, and on to where they are once that is known. */
  private seek(zone: ZoneState, before: ZoneState | null): void {
    const place = lastPlace(zone, this.sought);
    if (!place || (before && place === lastPlace(before, this.sought))) return;
    if (zone.fixes.has(this.sought)) this.sought = "";
    this.goTo(place);
  }

  private goTo(place: Place): void {
    const isFar = this.sought !== "" && this.zone?.clusters;
    this.map.show(place, this.padding(), isFar ? CLOSE_ZOOM : undefined);
  }

  fitAll(animate = true): void {
    if (this.zone) this.map.fit(inView(this.zone), this.padding(), animate);
  }

  /** What a click on the map selects: a stop selects its order. */
  picked(picked: Picked | null): Selection | null {
    if (!picked || picked.kind === "home") return null;
    if (picked.kind !== "stop") return { kind: picked.kind, id: picked.id };
    const stop = this.activeCourier()?.stops?.find(({ stop_id }) => stop_id === picked.id);
    const id = stop?.order_ids[0];
    return id ? { kind: "order", id } : null;
  }

  private padding() {
    return paddingBeside(this.covered_px());
  }

  private tick(): void {
    if (!this.zone) return;
    this.placeCouriers(this.zone, null);
    this.ticks += 1;
    let turn = this.ticks;
    for (const id of this.paths.keys()) if (++turn % TRIM_TURNS === 0) this.trimmed.delete(id);
    this.later();
  }

  private later(): void {
    this.redraw ??= setTimeout(() => {
      this.redraw = undefined;
      if (this.map.isRested) this.draw();
      else this.later();
    }, REDRAW_MS);
  }

  private draw(): void {
    if (!this.zone) return;
    const active = this.activeCourier();
    this.map.setRoutes(this.routes(this.zone, active));
    this.map.setChosenRoute(active ? this.chosenRoute(active) : []);
    this.map.setMarks(this.marks(this.zone));
    this.map.setStops(active ? stopMarks(active) : []);
  }

  private takePaths(zone: ZoneState): void {
    for (const [id, view] of zone.paths) {
      if (this.paths.get(id)?.view === view) continue;
      this.paths.set(id, { view, path: new Path(decodePolyline6(view.polyline6)) });
      this.trimmed.delete(id);
      this.map.couriers.follow(id, this.pathOf(id));
    }
    for (const id of [...this.paths.keys()].filter((id) => !zone.paths.has(id))) {
      this.paths.delete(id);
      this.trimmed.delete(id);
      this.map.couriers.follow(id, null);
    }
  }

  private pathOf(id: string): Path | null {
    const path = this.paths.get(id)?.path ?? null;
    return path && path.places.length > 1 ? path : null;
  }

  private placeCouriers(zone: ZoneState, before: ZoneState | null): void {
    const now_ms = this.clock.now();
    for (const [id, fix] of zone.fixes) {
      const courier = zone.couriers.get(id);
      if (before?.fixes.get(id) === fix && before.couriers.get(id) === courier) continue;
      if (!courier || !onDuty(courier)) {
        this.map.couriers.mark(id, null);
        continue;
      }
      const stale = (courier.link ?? "offline") !== "live" || now_ms - fix.at_ms > STALE_AFTER_MS;
      const selected = (this.selection?.kind === "courier" && this.selection.id === id) || this.aimed === id;
      const isNew = this.map.couriers.shown(id) === null;
      this.map.couriers.place(fix, { id, name: courier.name, profile: courier.profile, stale, selected });
      if (isNew) this.map.couriers.follow(id, this.pathOf(id));
    }
    for (const id of [...this.map.couriers.ids()]) if (!zone.fixes.has(id)) this.map.couriers.mark(id, null);
  }

  /** The courier whose route is shown in full: the selected one, or that of the selected order. */
  private activeCourier(): CourierView | null {
    if (!this.zone || !this.selection) return null;
    const { kind, id } = this.selection;
    const courier_id = kind === "courier" ? id : kind === "order" ? (this.zone.orders.get(id)?.courier_id ?? "") : "";
    return this.zone.couriers.get(courier_id) ?? null;
  }

  private routes(zone: ZoneState, active: CourierView | null): RouteLine[] {
    const part = active ? "faint" : "idle";
    const riding = [...zone.couriers.values()]
      .filter((courier) => courier !== active && courier.stops?.length)
      .filter(({ id }) => !zone.view || zone.fixes.has(id));
    return riding.length > MOST_ROUTES ? [] : riding.map(({ id }) => ({ id, part, places: this.left(id) }));
  }

  /** What is left of a courier's route. */
  private left(id: string): Place[] {
    const path = this.pathOf(id);
    const known = this.trimmed.get(id);
    if (known || !path) return known ?? [];
    const left = path.slice(this.map.couriers.along_m(id) ?? 0, path.length_m);
    this.trimmed.set(id, left);
    return left;
  }

  private chosenRoute(courier: CourierView): PartLine[] {
    const path = this.pathOf(courier.id);
    const next = courier.stops?.[0];
    if (!path || !next) return [];
    const at_m = this.map.couriers.along_m(courier.id) ?? 0;
    const leg_m = Math.max(at_m, path.project(next, at_m).along_m);
    return [
      { part: "done", places: path.slice(0, at_m) },
      { part: "later", places: path.slice(leg_m, path.length_m) },
      { part: "next", places: path.slice(at_m, leg_m) },
    ];
  }

  private marks(zone: ZoneState): Mark[] {
    const now_ms = this.clock.now();
    const chosen = (kind: Mark["kind"], id: string) => this.selection?.kind === kind && this.selection.id === id;
    const depots = [...zone.depots.values()].map(
      (depot): Mark => ({
        ...at(depot),
        id: depot.id,
        kind: "depot",
        mark: "depot",
        rank: 1,
        selected: chosen("depot", depot.id),
      }),
    );
    const orders = [...zone.orders.values()].flatMap((order): Mark[] => {
      const selected = chosen("order", order.id);
      const mark = markOf(order, now_ms, selected);
      if (!mark) return [];
      const rank = selected ? 9 : (MARK_RANKS[mark as keyof typeof MARK_RANKS] ?? 2);
      return [{ ...at(order), id: order.id, kind: "order", mark, rank, selected }];
    });
    return [...depots, ...orders];
  }
}

/** Everything that staff want to see at a glance; couriers out of sight where they were last. */
export function inView(zone: ZoneState): Place[] {
  // What a carrier has may go anywhere
  const open = [...zone.orders.values()].filter((o) => !["done", "canceled", "with_others"].includes(phaseOf(o)));
  const couriers = [...zone.couriers.keys()].map((id) => lastPlace(zone, id)).filter((place) => place !== undefined);
  return [...zone.depots.values(), ...couriers, ...(zone.clusters ?? []), ...open];
}

/** What stays free around the places, beside a panel on the right. */
export function paddingBeside(panel_px: number): Padding {
  return { top: 48, left: 48, bottom: 48, right: 48 + panel_px };
}

/** The picture of an order; null when it is over and done with. */
export function markOf(order: OrderView, now_ms: number, selected: boolean): string | null {
  const phase = phaseOf(order);
  if (phase === "done") {
    return selected || now_ms - (doneAt_ms(order) ?? 0) < DONE_SHOWN_MS ? "order-done" : null;
  }
  if (phase === "canceled") return selected ? "order-off" : null;
  // What lies at a depot stands in its list; here it would cover the depot.
  if (phase === "with_others" && !selected) return null;
  return `order-${toneOf(order, now_ms)}`;
}

function stopMarks(courier: CourierView): StopMark[] {
  return (courier.stops ?? []).map((stop, i) => ({
    ...at(stop),
    id: stop.stop_id,
    kind: stop.kind,
    number: String(i + 1),
  }));
}

function placeOf(zone: ZoneState, { kind, id }: Selection): Place | undefined {
  if (kind === "order") return zone.orders.get(id);
  if (kind === "courier") return lastPlace(zone, id);
  return kind === "depot" ? zone.depots.get(id) : undefined;
}

function at({ lat, lon }: Place): Place {
  return { lat, lon };
}

function isSameView(a: View, b: View | null): boolean {
  const sides = ["south", "west", "north", "east", "zoom"] as const;
  return sides.every((side) => a[side] === b?.[side]);
}
