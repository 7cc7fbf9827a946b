import { clockRange, rangeOrDay, shortId, timeOrDay } from "../shared/format";
import { type Key, t } from "../shared/i18n";
import { doneAt_ms, phaseOf } from "../shared/order";
import type { OrderStatus, OrderView, TimelineEntry } from "../shared/protocol/messages";

/** Where orders stand, as a distributor asks for them, and which statuses that is. */
export const STANDS = {
  all: [],
  waiting: ["held", "dispatchable", "at_depot", "offered", "assigned", "en_route_pickup", "at_pickup"],
  on_way: ["picked_up", "en_route_dropoff", "at_dropoff", "with_carrier"],
  delivered: ["delivered", "at_point", "collected"],
  trouble: ["held", "attempt_failed", "returning", "returned"],
  canceled: ["canceled"],
} as const satisfies Readonly<Record<string, readonly OrderStatus[]>>;
export type Stand = keyof typeof STANDS;

/** Orders that belong together: drops of one delivery, or an order alone (`drop_of` empty). */
export interface Delivery {
  drop_of: string;
  orders: readonly OrderView[];
}

/** The drops of one delivery together, where its newest stands; within it by window. */
export function deliveries(orders: readonly OrderView[]): Delivery[] {
  const found = new Map<string, OrderView[]>();
  for (const order of orders) {
    const key = order.drop_of ? `drop ${order.drop_of}` : `order ${order.id}`;
    const known = found.get(key);
    if (known) known.push(order);
    else found.set(key, [order]);
  }
  const byWindow = (a: OrderView, b: OrderView) => a.promise_at_ms - b.promise_at_ms || (a.id < b.id ? -1 : 1);
  return [...found.values()].map((together) => ({
    drop_of: together[0]?.drop_of ?? "",
    orders: together.sort(byWindow),
  }));
}

/** What was fetched now in the place of what was known: changed and new orders, and the older ones that were not looked
 * at; with `all` there are no others. */
export function refreshed(known: readonly OrderView[], fresh: readonly OrderView[], all: boolean): OrderView[] {
  const oldest = fresh[fresh.length - 1];
  if (all || !oldest) return [...fresh];
  const ids = new Set(fresh.map(({ id }) => id));
  const isOlder = ({ id, created_at_ms }: OrderView) =>
    created_at_ms < oldest.created_at_ms || (created_at_ms === oldest.created_at_ms && id > oldest.id);
  return [...fresh, ...known.filter((order) => !ids.has(order.id) && isOlder(order))];
}

/** What its people call the order. */
export function numberOf(order: OrderView): string {
  return order.ref || shortId(order.id);
}

/** "Tomorrow 14:00–16:00", or by when. */
export function windowWords({ earliest_at_ms = 0, promise_at_ms }: OrderView, now_ms: number): string {
  return earliest_at_ms
    ? rangeOrDay(earliest_at_ms, promise_at_ms, now_ms)
    : t("dist.by", { time: timeOrDay(promise_at_ms, now_ms) });
}

/** When it came, or when it comes as far as anybody knows; empty: nobody does. */
export function arrivalWords(order: OrderView, now_ms: number): string {
  const done_ms = doneAt_ms(order);
  if (done_ms !== null) return t("dist.came", { time: timeOrDay(done_ms, now_ms) });
  const phase = phaseOf(order);
  if (phase === "failed" || phase === "canceled" || !order.eta_at_ms) return "";
  const from_ms = Math.max(order.eta_at_ms, now_ms);
  return t("dist.comes", { time: clockRange(from_ms, order.eta_late_at_ms ?? 0) });
}

/** How a delivery stands: "4 drops · 3 delivered". */
export function progressWords({ orders }: Delivery): string {
  const done = orders.filter((order) => phaseOf(order) === "done").length;
  return t("dist.progress", { n: orders.length, done });
}

const HIDDEN: ReadonlySet<OrderStatus> = new Set(["created", "dispatchable", "offered"]);

/** The steps of an order that tell its way, beginning with its placing; the same step twice in a row is one. */
export function steps(order: OrderView): { label: Key; at_ms: number }[] {
  const told: TimelineEntry[] = [];
  for (const entry of order.timeline ?? []) {
    if (!HIDDEN.has(entry.status) && told[told.length - 1]?.status !== entry.status) told.push(entry);
  }
  const placed = { label: "dist.step.placed" as Key, at_ms: order.created_at_ms };
  return [placed, ...told.map(({ status, at_ms }) => ({ label: `status.${status}` as Key, at_ms }))];
}

/** Whether it can be called off still: what somebody has goes back to its depot. */
export function isOpen(order: OrderView): boolean {
  const phase = phaseOf(order);
  return phase !== "done" && phase !== "canceled" && order.status !== "returned" && order.status !== "returning";
}
