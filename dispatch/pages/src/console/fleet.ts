import { phaseOf, reachedAt_ms, toneOf } from "../shared/order";
import type { CourierView, LoadView, OrderView } from "../shared/protocol/messages";
import { lastPlace, type ZoneState } from "../shared/store/zone";

/** Below this a phone may be silent before the shift is over. */
export const LOW_BATTERY = 0.2;
/** Finished orders are kept so long: how busy somebody was is not known from before. */
export const KNOWN_MS = 2 * 3_600_000;

export type FleetFilter = "low_battery" | "no_link" | "idle" | "on_break" | "late";
export const FLEET_FILTERS: readonly FleetFilter[] = ["low_battery", "no_link", "idle", "on_break", "late"];

export type FleetColumn = "name" | "duty" | "link" | "battery" | "load" | "stops" | "busy";
export const FLEET_COLUMNS: readonly FleetColumn[] = ["name", "duty", "link", "battery", "load", "stops", "busy"];

/** One courier in the panel. */
export interface FleetRow {
  courier: CourierView;
  on_duty: boolean;
  /** Orders whose goods are on board. */
  on_board: number;
  /** The fullest of weight, room and pieces, as a share of what the vehicle takes; null: not known. */
  load: number | null;
  stops: number;
  next_at_ms: number;
  /** The share of the shift with an order in hand; null off duty. */
  busy: number | null;
  /** When they were last seen or heard; 0: never. */
  seen_ms: number;
  late: boolean;
  idle: boolean;
  /** The order that they are busy with: what a message would be about. */
  order_id: string;
}

const OVER = ["delivered", "canceled", "returned", "collected", "at_point"] as const;

/** Everybody of the zone, as the panel shows them. */
export function fleetRows(zone: ZoneState, now_ms: number): FleetRow[] {
  const theirs = new Map<string, OrderView[]>();
  for (const order of zone.orders.values()) {
    if (!order.courier_id) continue;
    const known = theirs.get(order.courier_id);
    if (known) known.push(order);
    else theirs.set(order.courier_id, [order]);
  }
  return [...zone.couriers.values()].map((courier) => rowOf(courier, theirs.get(courier.id) ?? [], zone, now_ms));
}

function rowOf(courier: CourierView, orders: readonly OrderView[], zone: ZoneState, now_ms: number): FleetRow {
  const stops = courier.stops ?? [];
  const aboard = orders.filter(isOnBoard);
  const on_duty = courier.duty !== "off_duty";
  const next = stops[0];
  return {
    courier,
    on_duty,
    on_board: aboard.length,
    load: loadShare(aboard, courier.capacity),
    stops: stops.length,
    next_at_ms: next?.eta_at_ms ?? 0,
    busy: on_duty ? busyShare(orders, shiftFrom_ms(courier, now_ms), now_ms) : null,
    seen_ms: Math.max(lastPlace(zone, courier.id)?.at_ms ?? 0, courier.heard_at_ms ?? 0),
    late: orders.some((order) => isAhead(order) && toneOf(order, now_ms) === "late"),
    idle: courier.duty === "available" && stops.length === 0 && aboard.length === 0,
    order_id: next?.order_ids[0] ?? aboard[0]?.id ?? "",
  };
}

/** Whether the courier has the goods. */
export function isOnBoard(order: OrderView): boolean {
  return phaseOf(order) === "on_way" || order.status === "attempt_failed" || order.status === "returning";
}

function isAhead(order: OrderView): boolean {
  const phase = phaseOf(order);
  return phase === "to_pickup" || phase === "on_way";
}

/** The fullest of weight, room and pieces; null where nothing is known of either. */
export function loadShare(orders: readonly OrderView[], capacity: LoadView | null | undefined): number | null {
  if (!capacity) return null;
  const shares = (["weight_g", "volume_ml", "items"] as const).flatMap((what) => {
    const most = capacity[what] ?? 0;
    const carried = orders.reduce((sum, order) => sum + (order.load?.[what] ?? 0), 0);
    return most > 0 ? [carried / most] : [];
  });
  return shares.length === 0 ? null : Math.max(...shares);
}

/** From when on it is counted how busy they were: the shift's beginning, or as far back as is known. */
export function shiftFrom_ms(courier: CourierView, now_ms: number): number {
  return Math.max(courier.shift_from_ms ?? 0, now_ms - KNOWN_MS);
}

/** The share of the time with an order in hand: from taking one to its end, each moment counted once. */
export function busyShare(orders: readonly OrderView[], from_ms: number, now_ms: number): number {
  const spans = orders
    .map((order) => [reachedAt_ms(order, "assigned") ?? now_ms, reachedAt_ms(order, ...OVER) ?? now_ms] as const)
    .sort(([a], [b]) => a - b);
  let [busy_ms, upTo_ms] = [0, from_ms];
  for (const [begin_ms, end_ms] of spans) {
    const begun_ms = Math.max(begin_ms, upTo_ms);
    const ended_ms = Math.min(end_ms, now_ms);
    if (ended_ms <= begun_ms) continue;
    busy_ms += ended_ms - begun_ms;
    upTo_ms = ended_ms;
  }
  return now_ms > from_ms ? busy_ms / (now_ms - from_ms) : 0;
}

/** Whether a filter wants to see them. Off duty only a break can be looked for, which nobody off duty has. */
export function isFiltered(row: FleetRow, filter: FleetFilter): boolean {
  const { courier } = row;
  switch (filter) {
    case "low_battery":
      return row.on_duty && typeof courier.battery === "number" && courier.battery < LOW_BATTERY;
    case "no_link":
      return row.on_duty && (courier.link ?? "offline") !== "live";
    case "idle":
      return row.idle;
    case "on_break":
      return courier.duty === "on_break" || courier.duty === "ending";
    case "late":
      return row.late;
  }
}

export function filteredFleet(
  rows: readonly FleetRow[],
  filters: ReadonlySet<FleetFilter>,
  search: string,
): FleetRow[] {
  const wanted = search.trim().toLowerCase();
  return rows.filter(
    (row) =>
      [...filters].every((filter) => isFiltered(row, filter)) &&
      (wanted === "" || `${row.courier.id} ${row.courier.name}`.toLowerCase().includes(wanted)),
  );
}

const DUTIES = ["available", "ending", "on_break", "off_duty"];
const LINKS = ["offline", "lost", "stale", "live"];
/** Behind everybody of whom it is known. */
const UNKNOWN = Number.POSITIVE_INFINITY;

const SORTS: Readonly<Record<Exclude<FleetColumn, "name">, (row: FleetRow) => number>> = {
  duty: ({ courier }) => DUTIES.indexOf(courier.duty),
  link: ({ courier }) => LINKS.indexOf(courier.link ?? "offline"),
  battery: ({ courier }) => courier.battery ?? UNKNOWN,
  load: ({ on_board, load }) => on_board + (load ?? 0) / 10,
  stops: ({ stops }) => stops,
  busy: ({ busy }) => busy ?? UNKNOWN,
};

/** By a column, names deciding between equals. What is not known comes last either way, and so do those off duty. */
export function sortedFleet(rows: readonly FleetRow[], by: FleetColumn, down: boolean): FleetRow[] {
  const sign = down ? -1 : 1;
  const names = (a: FleetRow, b: FleetRow) =>
    a.courier.name.localeCompare(b.courier.name) || a.courier.id.localeCompare(b.courier.id);
  if (by === "name") return [...rows].sort((a, b) => sign * names(a, b));
  const figure = SORTS[by];
  const compared = (a: FleetRow, b: FleetRow) => {
    const [x, y] = [figure(a), figure(b)];
    if (x === y) return names(a, b);
    if (x === UNKNOWN || y === UNKNOWN) return x === UNKNOWN ? 1 : -1;
    return sign * (x - y) || names(a, b);
  };
  return [...rows].sort((a, b) => Number(b.on_duty) - Number(a.on_duty) || compared(a, b));
}

/** What a courier gives back who stops working: orders whose goods are still at the depot. */
export function givenBack(courier: CourierView, zone: ZoneState): number {
  return [...zone.orders.values()].filter(
    (order) => order.courier_id === courier.id && (phaseOf(order) === "to_pickup" || order.status === "offered"),
  ).length;
}
