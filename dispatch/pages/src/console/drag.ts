import { shortId } from "../shared/format";
import type { Key, Values } from "../shared/i18n";
import { phaseOf } from "../shared/order";
import type { CourierView, OrderView, StopView } from "../shared/protocol/messages";
import { placeOf } from "../shared/stop";
import type { ZoneState } from "../shared/store/zone";
import { type ChangeKind, type Choices, isBeforePickup, plannedStops, QUEUE } from "./changes";
import { onDuty } from "./queues";

/** What is carried: an order, or a stop of somebody's route with its orders. */
export type Source = { kind: "order"; id: string } | { kind: "stop"; courier_id: string; stop_id: string };
/** Where it is carried to; `place`: so many stops that are not started come before it. */
export type Target = { kind: "courier"; id: string; place?: number } | { kind: "queue" };

/** A change as the dialog of changes takes it, with what has been chosen already. */
export interface Wished {
  kind: ChangeKind;
  id: string;
  first: Partial<Choices>;
}

export type Verdict =
  | { kind: "change"; change: Wished }
  | { kind: "no"; why: Key; values?: Values }
  /** It is there already. */
  | { kind: "nothing" };

const NOTHING: Verdict = { kind: "nothing" };

/** What dropping it there would mean, or why only that cannot be done. The server has the last word. */
export function decide(source: Source, target: Target, zone: ZoneState): Verdict {
  const orders = ordersOf(source, zone);
  if (orders.length === 0) return no("drag.no.gone");
  const holder = holderOf(source, zone);
  if (target.kind === "courier" && target.id === holder) return within(source, target.place, orders, zone);
  const movable = orders.filter(isMovable);
  const [first] = movable;
  if (!first) return unmovable(orders, zone, target);
  if (target.kind === "queue") {
    if (!holder) return NOTHING;
    return movable.length === 1 ? wished("unassign", first.id) : splitOff(movable, holder, QUEUE);
  }
  const courier = zone.couriers.get(target.id);
  if (!courier || !onDuty(courier)) return no("drag.no.off_duty", { courier: courier?.name ?? target.id });
  if (movable.length === 1) return wished("assign", first.id, { courier_id: courier.id });
  return splitOff(movable, holder, courier.id);
}

/** The orders that are carried. */
export function ordersOf(source: Source, zone: ZoneState): OrderView[] {
  const ids = source.kind === "order" ? [source.id] : (stopOf(source, zone)?.order_ids ?? []);
  return ids.map((id) => zone.orders.get(id)).filter((order) => order !== undefined);
}

/** Whoever has it now; empty: nobody. */
export function holderOf(source: Source, zone: ZoneState): string {
  return source.kind === "stop" ? source.courier_id : (zone.orders.get(source.id)?.courier_id ?? "");
}

/** What is carried, in few words. */
export function sourceName(source: Source, zone: ZoneState): string {
  if (source.kind === "order") return nameOf(zone.orders.get(source.id)) || shortId(source.id);
  const stop = stopOf(source, zone);
  return stop ? placeOf(stop) : "";
}

export function stopOf(source: Source, zone: ZoneState): StopView | undefined {
  if (source.kind === "order") return undefined;
  return zone.couriers.get(source.courier_id)?.stops?.find(({ stop_id }) => stop_id === source.stop_id);
}

/** Along the own route: another place in the sequence. */
function within(source: Source, place: number | undefined, orders: readonly OrderView[], zone: ZoneState): Verdict {
  const courier = zone.couriers.get(holderOf(source, zone));
  if (source.kind === "order") return no("drag.no.theirs", { courier: courier?.name ?? "" });
  const stop = stopOf(source, zone);
  if (!courier || !stop || place === undefined) return NOTHING;
  if ((stop.state ?? "planned") !== "planned") return no("drag.no.started");
  const before = plannedStops(courier);
  const left = before.filter(({ stop_id }) => stop_id !== stop.stop_id);
  const after = [...left.slice(0, place), stop, ...left.slice(place)];
  if (after.every((each, i) => each === before[i])) return NOTHING;
  const early = orders.find(({ id }) => isBroughtFirst(after, id));
  if (early) return no("drag.no.before_pickup", { order: nameOf(early) });
  return wished("resequence", courier.id, { stop_ids: after.map(({ stop_id }) => stop_id) });
}

/** Whether an order would be brought before it is fetched. */
function isBroughtFirst(stops: readonly StopView[], order_id: string): boolean {
  const mine = stops.filter((stop) => stop.order_ids.includes(order_id)).map((stop) => stop.kind);
  return mine.includes("pickup") && mine.indexOf("dropoff") >= 0 && mine.indexOf("dropoff") < mine.indexOf("pickup");
}

/** Goods at the depot may move; what nobody has may be given to anybody. */
function isMovable(order: OrderView): boolean {
  return isBeforePickup(order) || phaseOf(order) === "waiting";
}

function unmovable(orders: readonly OrderView[], zone: ZoneState, target: Target): Verdict {
  const [order] = orders;
  const phase = order ? phaseOf(order) : "done";
  const values = { order: nameOf(order), courier: zone.couriers.get(order?.courier_id ?? "")?.name ?? "" };
  if (phase === "held") return target.kind === "queue" ? NOTHING : no("drag.no.held", values);
  if (phase === "on_way") return no("drag.no.on_board", values);
  return no(phase === "failed" ? "drag.no.failed" : "drag.no.over", values);
}

function splitOff(orders: readonly OrderView[], holder: string, courier_id: string): Verdict {
  return wished("split", holder, { order_ids: orders.map(({ id }) => id), courier_id });
}

function wished(kind: ChangeKind, id: string, first: Partial<Choices> = {}): Verdict {
  return { kind: "change", change: { kind, id, first } };
}

function no(why: Key, values?: Values): Verdict {
  return values ? { kind: "no", why, values } : { kind: "no", why };
}

function nameOf(order: OrderView | undefined): string {
  return order ? order.ref || order.address || shortId(order.id) : "";
}

/** What dropping it there means, as a sentence. */
export function verdictKey(verdict: Verdict, target: Target, zone: ZoneState): [Key, Values] {
  if (verdict.kind === "no") return [verdict.why, verdict.values ?? {}];
  if (verdict.kind === "nothing") return ["drag.nothing", {}];
  const { kind, first } = verdict.change;
  const courier = courierName(target, zone);
  const n = first.order_ids?.length ?? 1;
  switch (kind) {
    case "resequence":
      return ["drag.resequence", { n: (target.kind === "courier" ? (target.place ?? 0) : 0) + 1, courier }];
    case "split":
      return first.courier_id ? ["drag.split", { n, courier }] : ["drag.split.queue", { n }];
    case "unassign":
      return ["drag.unassign", {}];
    default:
      return ["drag.assign", { courier }];
  }
}

function courierName(target: Target, zone: ZoneState): string {
  const courier: CourierView | undefined = target.kind === "courier" ? zone.couriers.get(target.id) : undefined;
  return courier?.name ?? "";
}
