import { tCode } from "./i18n";
import type { OrderStatus, OrderView } from "./protocol/messages";

/** The axis that colours mean everywhere: green, amber, red, grey. */
export type Tone = "on_time" | "at_risk" | "late" | "unknown";
/** Where an order stands for the people who watch it. */
export type Phase = "held" | "waiting" | "with_others" | "to_pickup" | "on_way" | "done" | "failed" | "canceled";

const PHASES: Readonly<Record<OrderStatus, Phase>> = {
  created: "waiting",
  held: "held",
  dispatchable: "waiting",
  at_depot: "with_others",
  with_carrier: "with_others",
  offered: "waiting",
  assigned: "to_pickup",
  en_route_pickup: "to_pickup",
  at_pickup: "to_pickup",
  picked_up: "on_way",
  en_route_dropoff: "on_way",
  at_dropoff: "on_way",
  delivered: "done",
  pickup_failed: "waiting",
  attempt_failed: "failed",
  retry: "on_way",
  rescheduled: "failed",
  returning: "failed",
  returned: "failed",
  at_point: "done",
  collected: "done",
  canceled: "canceled",
};

/** An order without a courier this near to its promise needs a person to look at it. */
const UNASSIGNED_RISK_MS = 15 * 60_000;

export function phaseOf(order: OrderView): Phase {
  return PHASES[order.status] ?? "waiting";
}

/** Whether a courier of ours is to bring it; what others fetch or bring has a time, and is never late. */
export function isBrought({ mode = "delivery" }: OrderView): boolean {
  return mode === "delivery" || mode === "leader_pickup";
}

/** Whether its customer has it: brought to the door, or fetched at its depot. */
export function isWithCustomer({ status, mode }: OrderView): boolean {
  return status === "delivered" || (status === "collected" && mode === "self_pickup");
}

/** When the order reached a status for the last time; null when it has not. */
export function reachedAt_ms(order: OrderView, ...statuses: OrderStatus[]): number | null {
  const { timeline = [] } = order;
  for (let i = timeline.length - 1; i >= 0; i--) {
    const entry = timeline[i];
    if (entry && statuses.includes(entry.status)) return entry.at_ms;
  }
  return null;
}

/** When the goods were handed over; null while they were not. */
export function doneAt_ms(order: OrderView): number | null {
  return reachedAt_ms(order, "delivered", "collected", "at_point");
}

/** How far past its promise an order is, or will be by its ETA, milliseconds; 0 when it is not. */
export function lateness_ms(order: OrderView, now_ms: number): number {
  if (!isBrought(order)) return 0;
  const done_ms = doneAt_ms(order);
  const judged_ms = done_ms ?? Math.max(order.eta_at_ms ?? 0, now_ms);
  return order.promise_at_ms > 0 ? Math.max(0, judged_ms - order.promise_at_ms) : 0;
}

/** How an order stands against its promise. */
export function toneOf(order: OrderView, now_ms: number): Tone {
  const phase = phaseOf(order);
  if (phase === "canceled") return "unknown";
  if (phase === "failed") return "late";
  if (lateness_ms(order, now_ms) > 0) return "late";
  if (phase === "done") return "on_time";
  if (!isBrought(order)) return "unknown";
  if ((order.eta_late_at_ms ?? 0) > order.promise_at_ms && order.promise_at_ms > 0) return "at_risk";
  if (order.eta_at_ms) return "on_time";
  return order.promise_at_ms > 0 && order.promise_at_ms - now_ms < UNASSIGNED_RISK_MS ? "at_risk" : "unknown";
}

/** Why an order stands where it does: a code in words, and what a courier added behind it ("nobody_there: dog"). */
export function reasonWords(reason: string): string {
  const [code = "", ...said] = reason.split(": ");
  return [tCode("reason", code), ...said].join(": ");
}

/** Whether the order has a window that has not begun: then nobody is on the way yet, and nothing is late. */
export function isPlannedLater({ earliest_at_ms = 0 }: OrderView, now_ms: number): boolean {
  return earliest_at_ms > now_ms;
}
