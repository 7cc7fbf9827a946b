import { phaseOf, reachedAt_ms } from "../shared/order";
import type { CourierView, OrderView } from "../shared/protocol/messages";
import type { ZoneState } from "../shared/store/zone";
import { isOnBoard } from "./fleet";
import { FIRST_GOALS, waitsOf } from "./goals";
import type { Selection } from "./selection";

/** What waits for a decision: an order that is held, or something that went wrong. */
export type IssueKind = "held" | "attempt_failed" | "cut_off" | "pickup_failed" | "waiting" | "link_lost";

export interface Issue {
  /** Of this one time: when it happens again it is another one. */
  id: string;
  kind: IssueKind;
  of: Selection;
  since_ms: number;
  /** Why, as a code or in somebody's words; empty where the kind says it all. */
  why: string;
}

export type Step =
  | "release"
  | "assign"
  | "expedite"
  | "hold"
  | "reschedule"
  | "cancel"
  | "retry"
  | "return"
  | "handover"
  | "message_customer"
  | "message_courier"
  | "snooze";

/** Until when (business time) an issue is left alone, by its id. */
export type Snoozes = Readonly<Record<string, number>>;
export const SNOOZES_MIN: readonly number[] = [5, 10, 15, 30];

/** The gravest first: goods that somebody waits for, then orders that nobody has. */
const GRAVITY: readonly IssueKind[] = ["attempt_failed", "link_lost", "cut_off", "pickup_failed", "waiting", "held"];
const PICKUP_FAILED = new Set(["not_ready", "closed", "missing", "damaged"]);

const PLAYS: Readonly<Record<IssueKind, readonly Step[]>> = {
  held: ["release", "message_customer", "reschedule", "cancel", "snooze"],
  attempt_failed: ["message_customer", "retry", "handover", "return", "message_courier", "snooze"],
  cut_off: ["message_customer", "hold", "reschedule", "message_courier", "cancel", "snooze"],
  pickup_failed: ["assign", "message_customer", "reschedule", "hold", "cancel", "snooze"],
  waiting: ["assign", "expedite", "message_customer", "reschedule", "hold", "cancel", "snooze"],
  link_lost: ["message_courier", "handover", "message_customer", "snooze"],
};
/** What the customer has to decide is asked first: nothing is released unseen. */
const ASK_FIRST: ReadonlySet<string> = new Set(["address", "stock", "payment"]);

/** Everything that waits for a decision, of all kinds, the gravest first and the oldest first among equals. */
export function issuesOf(zone: ZoneState, now_ms: number): Issue[] {
  const waiting_ms = (zone.goals ?? FIRST_GOALS).waiting_s * 1000;
  const found: Issue[] = [];
  for (const order of zone.orders.values()) {
    const issue = orderIssue(order, now_ms, waiting_ms);
    if (issue) found.push(issue);
  }
  const loaded = new Set([...zone.orders.values()].filter(isOnBoard).map(({ courier_id }) => courier_id));
  for (const courier of zone.couriers.values()) {
    const issue = loaded.has(courier.id) ? courierIssue(courier) : null;
    if (issue) found.push(issue);
  }
  return found.sort(
    (a, b) => GRAVITY.indexOf(a.kind) - GRAVITY.indexOf(b.kind) || a.since_ms - b.since_ms || (a.id < b.id ? -1 : 1),
  );
}

const WAITS_FOR_RETURN = "exchange";

/** The gravest of what is wrong with an order; null: nothing. */
export function orderIssue(order: OrderView, now_ms: number, waiting_ms: number): Issue | null {
  const issue = (kind: IssueKind, since_ms: number, why: string): Issue => ({
    id: `${kind}:${order.id}:${since_ms}`,
    kind,
    of: { kind: "order", id: order.id },
    since_ms,
    why,
  });
  const { reason = "", cut_off = "" } = order;
  if (order.status === "attempt_failed") {
    return issue("attempt_failed", reachedAt_ms(order, "attempt_failed") ?? order.created_at_ms, reason);
  }
  // What an exchange brings goes on by itself, once what comes back was received.
  if (order.status === "held" && reason === WAITS_FOR_RETURN) return null;
  if (order.status === "held")
    return issue("held", reachedAt_ms(order, "held") ?? order.created_at_ms, cut_off || reason);
  const phase = phaseOf(order);
  if (cut_off && phase !== "done" && phase !== "canceled" && phase !== "failed") {
    return issue("cut_off", lastStep_ms(order), cut_off);
  }
  if (order.status !== "dispatchable") return null;
  const since_ms = reachedAt_ms(order, "dispatchable") ?? order.created_at_ms;
  if (failedAtDepot(order)) return issue("pickup_failed", since_ms, reason);
  const wait = waitsOf(order).find(([, until_ms]) => until_ms > now_ms);
  return wait && now_ms - wait[0] > waiting_ms ? issue("waiting", wait[0], reason) : null;
}

function lastStep_ms(order: OrderView): number {
  return order.timeline?.at(-1)?.at_ms ?? order.created_at_ms;
}

/** It came back from a courier at the depot, who said that the goods were not to be had. */
function failedAtDepot({ reason = "", timeline = [] }: OrderView): boolean {
  const before = timeline.at(-2)?.status;
  return (
    PICKUP_FAILED.has(reason.split(": ")[0] ?? "") &&
    (before === "at_pickup" || before === "en_route_pickup" || before === "assigned")
  );
}

/** A courier with goods on board whose phone is silent. */
function courierIssue({ id, link = "offline", heard_at_ms = 0 }: CourierView): Issue | null {
  if (link !== "lost" && link !== "offline") return null;
  return {
    id: `link_lost:${id}:${heard_at_ms}`,
    kind: "link_lost",
    of: { kind: "courier", id },
    since_ms: heard_at_ms,
    why: link,
  };
}

/** What to do about it, the most likely step first. */
export function stepsFor(issue: Issue, order: OrderView | undefined): Step[] {
  const steps = PLAYS[issue.kind].filter((step) => isPossible(step, order));
  if (issue.kind !== "held" || !ASK_FIRST.has(issue.why.split(": ")[0] ?? "")) return steps;
  return ["message_customer", ...steps.filter((step) => step !== "message_customer")];
}

function isPossible(step: Step, order: OrderView | undefined): boolean {
  if (step === "message_courier") return order === undefined || Boolean(order.courier_id);
  if (step === "hold") return order !== undefined && ["waiting", "to_pickup"].includes(phaseOf(order));
  if (step === "reschedule") return order !== undefined && ["held", "waiting", "to_pickup"].includes(phaseOf(order));
  return true;
}

export function isSnoozed(issue: Issue, snoozes: Snoozes, now_ms: number): boolean {
  return (snoozes[issue.id] ?? 0) > now_ms;
}

/** The snoozes with one more; those that are over are forgotten. */
export function withSnooze(snoozes: Snoozes, id: string, until_ms: number, now_ms: number): Snoozes {
  return Object.fromEntries([...Object.entries(snoozes).filter(([, at_ms]) => at_ms > now_ms), [id, until_ms]]);
}

export function withoutSnooze(snoozes: Snoozes, id: string): Snoozes {
  const { [id]: _, ...others } = snoozes;
  return others;
}

/** Of an inbox: what waits now, then what waits until later. */
export function inboxOf(issues: readonly Issue[], held: boolean, snoozes: Snoozes, now_ms: number): Issue[] {
  const mine = issues.filter(({ kind }) => (kind === "held") === held);
  const later = (issue: Issue) => isSnoozed(issue, snoozes, now_ms);
  return [
    ...mine.filter((issue) => !later(issue)),
    ...mine.filter(later).sort((a, b) => (snoozes[a.id] ?? 0) - (snoozes[b.id] ?? 0)),
  ];
}
