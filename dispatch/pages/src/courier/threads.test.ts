import { expect, test } from "vitest";
import type { Said, Say } from "../shared/protocol/courier_messages";
import { thread, threads, unreadCount } from "./threads";
import { EMPTY_VIEW, type View } from "./view";

function said(at_ms: number, given: Partial<Said> = {}): Said {
  const message_id = `m${at_ms}`;
  return { kind: "said", message_id, order_id: "o1", sender: "customer", to: "courier", text: "?", at_ms, ...given };
}

const MINE: Say = { t: "say", id: "mine", order_id: "o1", to: "customer", text: "On my way", at_ms: 15 };

function aView(given: Partial<View>): View {
  return { ...EMPTY_VIEW, ...given };
}

test("told and own messages stand in the order of time, the own ones with their ticks", () => {
  const view = aView({ said: [said(20), said(10)], mine: [{ action: MINE, state: "kept" }] });
  const { bubbles } = thread(view, "o1");
  expect(bubbles.map(({ id, state }) => [id, state])).toEqual([
    ["m10", "taken"],
    ["mine", "kept"],
    ["m20", "taken"],
  ]);
});

test("an own message that is told back is there once", () => {
  const echo = said(16, { message_id: "mine", sender: "courier", to: "customer", text: MINE.text });
  const view = aView({ said: [echo], mine: [{ action: MINE, state: "taken" }] });
  expect(thread(view, "o1").bubbles).toHaveLength(1);
});

test("unread is what others wrote after one last looked", () => {
  const view = aView({ said: [said(10), said(20), said(30, { sender: "courier", to: "customer" })], read: { o1: 10 } });
  expect(thread(view, "o1").unread).toBe(1);
  expect(unreadCount(view)).toBe(1);
  expect(unreadCount({ ...view, read: { o1: 30 } })).toBe(0);
});

test("every order that somebody wrote about has a thread, the newest first; nobody wrote: none", () => {
  const about = { action: { ...MINE, order_id: "o2", at_ms: 40 }, state: "made" as const };
  const view = aView({ said: [said(10), said(20, { order_id: "o3" })], mine: [about] });
  expect(threads(view).map(({ order_id }) => order_id)).toEqual(["o2", "o3", "o1"]);
  expect(threads(EMPTY_VIEW)).toEqual([]);
  expect(thread(EMPTY_VIEW, "o1")).toEqual({ order_id: "o1", bubbles: [], unread: 0, last_at_ms: 0 });
});
