import type { ZoneState } from "../shared/store/zone";
import { unreadIn } from "../shared/thread";

/** By order, the id of the message that was last before the dispatcher's eyes. Kept for the tab. */
export type ReadMarks = Readonly<Record<string, string>>;

const KEPT = "dispatch.read";
const MAX_MARKS = 1_000;

/** How many messages to the desk are unread, by order; orders without one are left out. An answer counts as read. */
export function unreadOrders(zone: ZoneState, marks: ReadMarks): ReadonlyMap<string, number> {
  const unread = new Map<string, number>();
  for (const [order_id, thread] of zone.messages) {
    const n = unreadIn(thread, "dispatcher", marks[order_id]);
    if (n > 0 && zone.orders.has(order_id)) unread.set(order_id, n);
  }
  return unread;
}

/** The marks once the order's thread has been seen; the same marks when nothing is new. */
export function marked(marks: ReadMarks, zone: ZoneState, order_id: string): ReadMarks {
  const last = zone.messages.get(order_id)?.at(-1);
  if (!last || marks[order_id] === last.id) return marks;
  const { [order_id]: _, ...others } = marks;
  return Object.fromEntries([...Object.entries(others).slice(1 - MAX_MARKS), [order_id, last.id]]);
}

export function keptMarks(): ReadMarks {
  try {
    return JSON.parse(sessionStorage.getItem(KEPT) ?? "{}") as ReadMarks;
  } catch {
    return {};
  }
}

export function keepMarks(marks: ReadMarks): void {
  try {
    sessionStorage.setItem(KEPT, JSON.stringify(marks));
  } catch {
    // Without storage the marks last as long as the page.
  }
}
