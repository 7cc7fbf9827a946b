import { expect, test } from "vitest";
import type { OrderView } from "../shared/protocol/messages";
import { EMPTY_ZONE, reduceZone } from "../shared/store/zone";
import { aCourier, anOrder, aSnapshot } from "../shared/testing/views";
import { inboxOf, isSnoozed, issuesOf, stepsFor, withoutSnooze, withSnooze } from "./playbook";

const MINUTE_MS = 60_000;
const NOW_MS = 1_000 * MINUTE_MS;
const FAR_MS = NOW_MS + 60 * MINUTE_MS;

function at(min: number) {
  return NOW_MS + min * MINUTE_MS;
}

const ORDERS: OrderView[] = [
  anOrder({ id: "held", status: "held", reason: "address", timeline: [{ status: "held", at_ms: at(-9) }] }),
  anOrder({
    id: "failed",
    status: "attempt_failed",
    reason: "nobody_there",
    courier_id: "ann",
    timeline: [{ status: "attempt_failed", at_ms: at(-2) }],
  }),
  anOrder({ id: "cut", status: "assigned", cut_off: "flood", courier_id: "ann" }),
  anOrder({
    id: "missing",
    reason: "missing: no box",
    timeline: [
      { status: "at_pickup", at_ms: at(-5) },
      { status: "dispatchable", at_ms: at(-4) },
    ],
  }),
  anOrder({ id: "waits", timeline: [{ status: "dispatchable", at_ms: at(-3) }] }),
  anOrder({ id: "later", ready_at_ms: FAR_MS, timeline: [{ status: "dispatchable", at_ms: at(-30) }] }),
  anOrder({ id: "fresh", timeline: [{ status: "dispatchable", at_ms: at(-1) }] }),
  anOrder({ id: "fine", status: "delivered", cut_off: "flood" }),
  anOrder({ id: "for-a-return", status: "held", reason: "exchange" }),
];
const COURIERS = [
  aCourier({ id: "ann", link: "lost", heard_at_ms: at(-8) }),
  aCourier({ id: "bob", link: "lost", heard_at_ms: at(-8) }),
];
const ZONE = reduceZone(EMPTY_ZONE, aSnapshot({ orders: ORDERS, couriers: COURIERS }));
const ISSUES = issuesOf(ZONE, NOW_MS);
const issue = (id: string) => {
  const found = ISSUES.find(({ of }) => of.id === id);
  if (!found) throw new Error(id);
  return found;
};

test("what went wrong is found, the gravest first, with its moment and its reason", () => {
  expect(ISSUES.map(({ kind, of }) => `${kind} ${of.id}`)).toEqual([
    "attempt_failed failed",
    "link_lost ann",
    "cut_off cut",
    "pickup_failed missing",
    "waiting waits",
    "held held",
  ]);
  expect(issue("failed")).toMatchObject({ since_ms: at(-2), why: "nobody_there" });
  expect(issue("ann")).toMatchObject({ since_ms: at(-8) });
});

test("goods that are not ready yet keep nobody waiting", () => {
  expect(ISSUES.some(({ of }) => of.id === "later" || of.id === "fresh")).toBe(false);
});

test("the most likely step comes first", () => {
  const first = (id: string) => stepsFor(issue(id), ZONE.orders.get(id))[0];
  expect(first("held")).toBe("message_customer");
  expect(stepsFor({ ...issue("held"), why: "review" }, ZONE.orders.get("held"))[0]).toBe("release");
  expect(first("failed")).toBe("message_customer");
  expect(first("missing")).toBe("assign");
  expect(first("ann")).toBe("message_courier");
  for (const id of ["held", "missing", "waits"]) {
    expect(stepsFor(issue(id), ZONE.orders.get(id))).toContain("reschedule");
  }
});

test("a step that cannot be done is not offered", () => {
  const stranded = anOrder({ id: "cut", status: "picked_up", cut_off: "flood" });
  expect(stepsFor(issue("cut"), stranded)).toEqual(["message_customer", "cancel", "snooze"]);
});

test("what is snoozed waits at the end, comes back by itself, and is another one when it happens again", () => {
  const waits = issue("waits");
  const snoozes = withSnooze({ old: 1 }, waits.id, at(5), NOW_MS);
  expect(Object.keys(snoozes)).toEqual([waits.id]);
  const inbox = inboxOf([waits, ...ISSUES.filter((each) => each !== waits)], false, snoozes, NOW_MS);
  expect(inbox.at(-1)).toBe(waits);
  expect([isSnoozed(waits, snoozes, NOW_MS), isSnoozed(waits, snoozes, at(6))]).toEqual([true, false]);
  expect(withoutSnooze(snoozes, waits.id)).toEqual({});
  expect(inboxOf(ISSUES, true, {}, NOW_MS).map(({ of }) => of.id)).toEqual(["held"]);
});
