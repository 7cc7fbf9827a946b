import type { Party } from "../shared/protocol/courier_messages";
import { isEcho } from "./state";
import type { Mine, View } from "./view";

/** One message of a thread; the phone's own ones say how far they are. */
export interface Bubble {
  id: string;
  sender: Party;
  to: Party;
  text: string;
  at_ms: number;
  state: Mine["state"];
}

export interface Thread {
  order_id: string;
  bubbles: readonly Bubble[];
  unread: number;
  last_at_ms: number;
}

/** What was written about an order, with what this phone has not been told back yet, in the order of time. */
export function thread(view: View, order_id: string): Thread {
  const told = view.said.filter((said) => said.order_id === order_id);
  const bubbles = told.map(({ message_id, kind: _kind, order_id: _order, ...rest }): Bubble => {
    return { id: message_id, ...rest, state: "taken" };
  });
  for (const { action, state } of view.mine) {
    if (action.t !== "say" || action.order_id !== order_id || told.some((said) => isEcho(action, said))) continue;
    bubbles.push({ id: action.id, sender: "courier", to: action.to, text: action.text, at_ms: action.at_ms, state });
  }
  bubbles.sort((a, b) => a.at_ms - b.at_ms);
  const readUntil_ms = view.read[order_id] ?? 0;
  const unread = bubbles.filter(({ sender, at_ms }) => sender !== "courier" && at_ms > readUntil_ms).length;
  return { order_id, bubbles, unread, last_at_ms: bubbles[bubbles.length - 1]?.at_ms ?? 0 };
}

/** Every order that somebody wrote about, the newest word first. */
export function threads(view: View): readonly Thread[] {
  const ids = new Set(view.said.map(({ order_id }) => order_id));
  for (const { action } of view.mine) if (action.t === "say") ids.add(action.order_id);
  return [...ids].map((id) => thread(view, id)).sort((a, b) => b.last_at_ms - a.last_at_ms);
}

export function unreadCount(view: View): number {
  return threads(view).reduce((sum, { unread }) => sum + unread, 0);
}
