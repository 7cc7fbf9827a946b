import { t } from "../shared/i18n";
import { doneAt_ms, lateness_ms, phaseOf, type Tone, toneOf } from "../shared/order";
import type { CourierView, OrderView } from "../shared/protocol/messages";
import type { ZoneState } from "../shared/store/zone";
import { isOpen } from "./cases";
import { fits, parsed } from "./filters";
import { type Issue, inboxOf, isSnoozed, issuesOf, type Snoozes } from "./playbook";
import { type ReadMarks, unreadOrders } from "./read_marks";

/** The lists of the desk: what waits for a person, orders by what they need, couriers by duty. */
export type Inbox = "holds" | "exceptions" | "conflicts" | "messages";
export type OrderQueue = "attention" | "unassigned" | "underway" | "others" | "delivered" | "closed" | "all";
export type Fleet = "on_duty" | "off_duty";
/** What stands in the list beside the map. */
export type ListQueue = Inbox | OrderQueue | Fleet;
export type Queue = ListQueue | "fleet";

export const INBOXES: readonly Inbox[] = ["holds", "exceptions", "conflicts", "messages"];

export const ORDER_QUEUES: readonly OrderQueue[] = [
  "attention",
  "unassigned",
  "underway",
  "others",
  "delivered",
  "closed",
  "all",
];
export const FLEETS: readonly Fleet[] = ["on_duty", "off_duty"];
const LETTERS: Readonly<Partial<Record<Queue, string>>> = { holds: "d", exceptions: "v", fleet: "w", others: "O" };
const KEYED: readonly Queue[] = [
  ...ORDER_QUEUES.filter((queue) => !LETTERS[queue]),
  ...FLEETS,
  "conflicts",
  "messages",
];
/** In the order of their keys: 1 to 9, then 0, then letters. */
export const QUEUES: readonly Queue[] = [...KEYED, "holds", "exceptions", "fleet", "others"];

export function isFleet(queue: Queue): queue is Fleet {
  return queue === "on_duty" || queue === "off_duty";
}

export function isInbox(queue: Queue): queue is Inbox {
  return INBOXES.includes(queue as Inbox);
}

/** The key that shows a queue: a digit, or a letter. */
export function digitOf(queue: Queue): string {
  return LETTERS[queue] ?? String((KEYED.indexOf(queue) + 1) % 10);
}

export interface Kpis {
  orders: number;
  open: number;
  delivered: number;
  /** Delivered by their promise. */
  on_time: number;
  on_duty: number;
}

/** Everything of the rail and the top bar, from one walk over the zone. */
export interface Board {
  counts: Readonly<Record<Queue, number>>;
  tones: ReadonlyMap<string, Tone>;
  /** How many messages to the desk are unread, by order. */
  unread: ReadonlyMap<string, number>;
  /** What waits for a decision, the gravest first. */
  issues: readonly Issue[];
  /** Until when some of it is left alone. */
  snoozes: Snoozes;
  kpis: Kpis;
}

/** "3 stops", "1 stop" or "Free". */
export function workWords(courier: CourierView): string {
  const n = courier.stops?.length ?? 0;
  if (n === 0) return t("row.idle");
  return n === 1 ? t("row.stop") : t("row.stops", { n });
}

export function onDuty(courier: CourierView): boolean {
  return courier.duty !== "off_duty";
}

/** Whether an order belongs in a queue. Orders at risk are those still open, and those that failed on the way. */
export function belongs(order: OrderView, queue: OrderQueue, tone: Tone): boolean {
  const phase = phaseOf(order);
  switch (queue) {
    case "attention":
      return phase !== "done" && phase !== "canceled" && (tone === "late" || tone === "at_risk");
    case "unassigned":
      return phase === "waiting" || phase === "held";
    case "underway":
      return phase === "to_pickup" || phase === "on_way";
    case "others":
      return phase === "with_others";
    case "delivered":
      return phase === "done";
    case "closed":
      return phase === "canceled";
    case "all":
      return true;
  }
}

export function boardOf(zone: ZoneState, now_ms: number, marks: ReadMarks = {}, snoozes: Snoozes = {}): Board {
  const counts = Object.fromEntries(QUEUES.map((queue) => [queue, 0])) as Record<Queue, number>;
  const tones = new Map<string, Tone>();
  const kpis: Kpis = { orders: zone.orders.size, open: 0, delivered: 0, on_time: 0, on_duty: 0 };
  for (const order of zone.orders.values()) {
    const tone = toneOf(order, now_ms);
    const phase = phaseOf(order);
    tones.set(order.id, tone);
    for (const queue of ORDER_QUEUES) if (belongs(order, queue, tone)) counts[queue] += 1;
    if (phase === "done") {
      kpis.delivered += 1;
      if (tone === "on_time") kpis.on_time += 1;
    } else if (phase !== "canceled") kpis.open += 1;
  }
  for (const courier of zone.couriers.values()) counts[onDuty(courier) ? "on_duty" : "off_duty"] += 1;
  for (const conflict of zone.cases.values()) if (isOpen(conflict)) counts.conflicts += 1;
  kpis.on_duty = counts.on_duty;
  const unread = unreadOrders(zone, marks);
  counts.messages = unread.size;
  counts.fleet = zone.couriers.size;
  const issues = issuesOf(zone, now_ms);
  for (const issue of issues) {
    if (!isSnoozed(issue, snoozes, now_ms)) counts[issue.kind === "held" ? "holds" : "exceptions"] += 1;
  }
  return { counts, tones, unread, issues, snoozes, kpis };
}

/** The orders of a queue that match the search, in the order in which they want attention. */
export function ordersOf(
  zone: ZoneState,
  board: Board,
  queue: OrderQueue,
  search: string,
  now_ms: number,
): OrderView[] {
  const terms = parsed(search);
  return [...zone.orders.values()]
    .filter((order) => belongs(order, queue, board.tones.get(order.id) ?? "unknown"))
    .filter((order) => fits(order, terms, { zone, now_ms }))
    .sort(SORTS[queue](now_ms));
}

/** What waits in an inbox of decisions and matches the search; what is left alone for now comes last. */
export function issuesIn(zone: ZoneState, board: Board, held: boolean, search: string, now_ms: number): Issue[] {
  const terms = parsed(search);
  const wanted = search.trim().toLowerCase();
  return inboxOf(board.issues, held, board.snoozes, now_ms).filter(({ of }) => {
    const order = zone.orders.get(of.id);
    const name = zone.couriers.get(of.id)?.name ?? "";
    return order ? fits(order, terms, { zone, now_ms }) : `${of.id} ${name}`.toLowerCase().includes(wanted);
  });
}

/** The orders that somebody has written to the desk about: unread ones first, each half with the newest on top. */
export function writtenAbout(zone: ZoneState, board: Board, search: string): OrderView[] {
  const wanted = search.trim().toLowerCase();
  const last_ms = (order: OrderView) => zone.messages.get(order.id)?.at(-1)?.at_ms ?? 0;
  return [...zone.messages]
    .filter(([, thread]) => thread.some(({ to }) => to === "dispatcher"))
    .flatMap(([order_id]) => zone.orders.get(order_id) ?? [])
    .filter((order) => wanted === "" || orderText(order, zone).includes(wanted))
    .sort((a, b) => Number(board.unread.has(b.id)) - Number(board.unread.has(a.id)) || last_ms(b) - last_ms(a));
}

export function couriersOf(zone: ZoneState, fleet: Fleet, search: string): CourierView[] {
  const wanted = search.trim().toLowerCase();
  return [...zone.couriers.values()]
    .filter((courier) => onDuty(courier) === (fleet === "on_duty"))
    .filter((courier) => wanted === "" || `${courier.id} ${courier.name}`.toLowerCase().includes(wanted))
    .sort((a, b) => a.name.localeCompare(b.name) || a.id.localeCompare(b.id));
}

function orderText(order: OrderView, zone: ZoneState): string {
  const courier = zone.couriers.get(order.courier_id ?? "")?.name ?? "";
  return `${order.id} ${order.ref ?? ""} ${order.address} ${courier}`.toLowerCase();
}

type Sort = (a: OrderView, b: OrderView) => number;

const byId: Sort = (a, b) => (a.id < b.id ? -1 : 1);
const newest: Sort = (a, b) => b.created_at_ms - a.created_at_ms || byId(a, b);
const promise: Sort = (a, b) => a.promise_at_ms - b.promise_at_ms || byId(a, b);
const arrival: Sort = (a, b) => arrives_ms(a) - arrives_ms(b) || byId(a, b);
const handed: Sort = (a, b) => (doneAt_ms(b) ?? 0) - (doneAt_ms(a) ?? 0) || byId(a, b);

const SORTS: Readonly<Record<OrderQueue, (now_ms: number) => Sort>> = {
  attention: (now_ms) => (a, b) => lateness_ms(b, now_ms) - lateness_ms(a, now_ms) || promise(a, b),
  unassigned: () => promise,
  underway: () => arrival,
  others: () => keptUntil,
  delivered: () => handed,
  closed: () => newest,
  all: () => newest,
};

/** What its customer is to fetch soonest, then what is for carriers. */
const keptUntil: Sort = (a, b) => until_ms(a) - until_ms(b) || promise(a, b);

function until_ms(order: OrderView): number {
  return order.collect_by_ms || Number.MAX_SAFE_INTEGER;
}

function arrives_ms(order: OrderView): number {
  return order.eta_at_ms || Number.MAX_SAFE_INTEGER;
}
