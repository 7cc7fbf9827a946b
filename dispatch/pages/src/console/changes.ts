import { isBrought, phaseOf } from "../shared/order";
import type { CourierView, OrderView, StopView } from "../shared/protocol/messages";
import type { ZoneState } from "../shared/store/zone";

/** What the desk can change by hand about an order. */
export type OrderChange =
  | "assign"
  | "unassign"
  | "release"
  | "cancel"
  | "expedite"
  | "merge"
  | "hold"
  | "lock"
  | "unlock"
  | "exclude"
  | "include"
  | "reschedule"
  | ModeChange;
/** What it can change about who brings an order, beside the planner's work. */
export type ModeChange = "mode" | "hand_out" | "to_carrier" | "carrier_says";
export const MODE_CHANGES: readonly ModeChange[] = ["mode", "hand_out", "to_carrier", "carrier_says"];
/** What it can change about a courier's route. */
export type CourierChange = "resequence" | "split";
export type ChangeKind = OrderChange | CourierChange;

export type LockKind = "courier" | "sequence" | "position" | "full";
export const LOCKS: readonly LockKind[] = ["courier", "sequence", "position", "full"];

/** The body of an override. */
export interface Override {
  action: Exclude<ChangeKind, "cancel" | "reschedule" | ModeChange>;
  order_ids?: readonly string[];
  courier_id?: string;
  stop_ids?: readonly string[];
  lock?: LockKind;
  /** The plan that the person saw: refused when what the change touches is not as it was then, and only then. */
  expected_version?: number;
  force?: boolean;
  zone: string;
  reason: string;
}

/** What a person has chosen so far in the dialog of a change. */
export interface Choices {
  courier_id: string;
  order_ids: readonly string[];
  stop_ids: readonly string[];
  lock: LockKind;
}

export function isModeChange(kind: ChangeKind): kind is ModeChange {
  return (MODE_CHANGES as readonly ChangeKind[]).includes(kind);
}

/** These stand in the drawer at once; the others under "more". */
export const FIRST_CHANGES: ReadonlySet<ChangeKind> = new Set([
  ...(["assign", "unassign", "release", "cancel"] as const),
  ...(["hand_out", "to_carrier", "carrier_says"] as const),
]);
/** Where orders go that are split off for nobody in particular. */
export const QUEUE = "";

/** What staff may do with an order in its present state. */
export function changesFor(order: OrderView): OrderChange[] {
  const locked: OrderChange = (order.lock ?? "none") === "none" ? "lock" : "unlock";
  const forgive: OrderChange[] = order.excluded?.length ? ["include"] : [];
  // A return is fetched, and what goes to a pickup point is brought there.
  const another: OrderChange[] = order.direction === "return" || order.collection ? [] : ["mode"];
  switch (phaseOf(order)) {
    case "held":
      return ["release", ...(isBrought(order) ? (["reschedule"] as const) : []), "cancel", ...another];
    case "waiting":
      return ["assign", "cancel", "reschedule", "expedite", "hold", "exclude", ...forgive, ...another];
    case "to_pickup":
      return [
        ...(["assign", "unassign", "cancel", "reschedule", "expedite", "merge", "hold", locked, "exclude"] as const),
        ...forgive,
        ...another,
      ];
    case "with_others":
      if (order.status === "with_carrier") return ["carrier_says", "to_carrier"];
      return [order.mode === "carrier" ? "to_carrier" : "hand_out", "cancel", "hold", ...another];
    case "on_way":
      return ["cancel", "expedite", locked];
    default:
      return [];
  }
}

/** What staff may do with a courier's route. */
export function routeChangesFor(courier: CourierView, zone: ZoneState): CourierChange[] {
  const changes: CourierChange[] = [];
  if (plannedStops(courier).length > 1) changes.push("resequence");
  if (movableOrders(courier, zone).length > 0) changes.push("split");
  return changes;
}

/** The stops that are not started: their order may change. */
export function plannedStops(courier: CourierView | undefined): StopView[] {
  return (courier?.stops ?? []).filter((stop) => (stop.state ?? "planned") === "planned");
}

/** The orders of a route whose goods are still at the depot. */
export function movableOrders(courier: CourierView, zone: ZoneState): OrderView[] {
  const ids = new Set((courier.stops ?? []).flatMap((stop) => stop.order_ids));
  return [...ids]
    .map((id) => zone.orders.get(id))
    .filter((order): order is OrderView => order?.courier_id === courier.id && isBeforePickup(order));
}

/** Orders that could share a stop with this one: of one depot, or for one door, with the goods still at the depot. */
export function mergeable(order: OrderView, zone: ZoneState): OrderView[] {
  return [...zone.orders.values()]
    .filter((other) => other.id !== order.id && (isBeforePickup(other) || other.status === "dispatchable"))
    .filter((other) => other.depot_id === order.depot_id || other.address === order.address)
    .sort(
      (a, b) => Number(b.address === order.address) - Number(a.address === order.address) || (a.id < b.id ? -1 : 1),
    );
}

/** The chosen sequence of what is ahead now: what is done has left it, what is new comes last. */
export function reconciled(chosen: readonly string[], courier: CourierView | undefined): readonly string[] {
  const now = plannedStops(courier).map((stop) => stop.stop_id);
  return [...chosen.filter((id) => now.includes(id)), ...now.filter((id) => !chosen.includes(id))];
}

/** A stop one place further up or down; at the end nothing moves. */
export function stepped(ids: readonly string[], id: string, by: -1 | 1): readonly string[] {
  const from = ids.indexOf(id);
  const to = from + by;
  if (from < 0 || to < 0 || to >= ids.length) return ids;
  const next = [...ids];
  next.splice(from, 1);
  next.splice(to, 0, id);
  return next;
}

/** The override that the choices make; null while something is still to be chosen. */
export function wishOf(kind: ChangeKind, id: string, chosen: Choices, zone: ZoneState): Override | null {
  const about = { zone: zone.zone, reason: "" };
  const { courier_id } = chosen;
  switch (kind) {
    case "cancel":
    case "reschedule":
    case "mode":
    case "hand_out":
    case "to_carrier":
    case "carrier_says":
      return null;
    case "assign":
    case "exclude":
    case "include":
      return courier_id ? { action: kind, order_ids: [id], courier_id, ...about } : null;
    case "merge": {
      const holder = zone.orders.get(id)?.courier_id;
      const together = [id, ...chosen.order_ids];
      return holder && together.length > 1 ? { action: kind, order_ids: together, courier_id: holder, ...about } : null;
    }
    case "split": {
      const to = courier_id === QUEUE ? {} : { courier_id };
      return chosen.order_ids.length > 0 ? { action: kind, order_ids: chosen.order_ids, ...to, ...about } : null;
    }
    case "resequence": {
      const now = plannedStops(zone.couriers.get(id)).map((stop) => stop.stop_id);
      const stop_ids = reconciled(chosen.stop_ids, zone.couriers.get(id));
      return now.join() === stop_ids.join() ? null : { action: kind, courier_id: id, stop_ids, ...about };
    }
    case "lock":
      return { action: kind, order_ids: [id], lock: chosen.lock, ...about };
    default:
      return { action: kind, order_ids: [id], ...about };
  }
}

/** Whether somebody has it, or is asked for it, and its goods are still at the depot. */
export function isBeforePickup(order: OrderView): boolean {
  return phaseOf(order) === "to_pickup" || order.status === "offered";
}
