import { expect, test } from "vitest";
import { clockTime } from "../shared/format";
import type { OrderView } from "../shared/protocol/messages";
import { EMPTY_TRACK } from "../shared/store/track";
import { anOrder } from "../shared/testing/views";
import { partiesFor } from "./messages";
import { codeToShow, pinToTell, steps, summarise } from "./summary";

const NOW_MS = Date.UTC(2026, 0, 5, 12, 0);
const MINUTE_MS = 60_000;

function told(order: OrderView, first_eta_at_ms = order.eta_at_ms ?? 0) {
  return summarise({ ...EMPTY_TRACK, order, first_eta_at_ms }, order, NOW_MS);
}

function coming(eta_min: number, given: Partial<OrderView> = {}): OrderView {
  const eta_at_ms = NOW_MS + eta_min * MINUTE_MS;
  return anOrder({
    status: "en_route_dropoff",
    promise_at_ms: NOW_MS + 60 * MINUTE_MS,
    eta_at_ms,
    eta_late_at_ms: eta_at_ms + 7 * MINUTE_MS,
    ...given,
  });
}

test("the answer is a time with an honest range, and how soon that is", () => {
  const summary = told(coming(10));
  expect(summary.answer).toBe(`Arrives ${clockTime(NOW_MS + 10 * MINUTE_MS)}–${clockTime(NOW_MS + 17 * MINUTE_MS)}`);
  expect(summary.soon).toBe("in about 10 min");
  expect(summary.tone).toBe("on_time");
});

test("an arrival time that has passed is not shown as if it were ahead", () => {
  const summary = told(coming(-3));
  expect(summary.answer).toContain(clockTime(NOW_MS));
  expect(summary.soon).toBe("any moment now");
});

test("it says when the time has moved, and apologises when the promise is broken", () => {
  expect(told(coming(10), NOW_MS + 4 * MINUTE_MS).shift).toBe("6 min later than first told");
  expect(told(coming(10), NOW_MS + 9 * MINUTE_MS).shift).toBe("");
  expect(told(coming(10, { promise_at_ms: NOW_MS + MINUTE_MS })).note).toContain("Sorry");
});

test.each([
  ["traffic", 5, "A little later because of traffic"],
  ["weather", 12, "Later because of the weather"],
  ["queue", 5, "A little later, as the courier serves another stop first"],
  ["courier", 5, "A little later, as the courier needs a little longer"],
  ["depot", 5, "A little later, as the shop is still preparing"],
  ["address", 5, "A little later, as the address has changed"],
  ["plan", 5, "A little later"],
  ["traffic", -5, "A little earlier than we thought"],
  ["queue", -15, "Earlier than we thought"],
])("a time that changed because of %s by %d min says so in one line", (eta_cause, by_min, words) => {
  const eta_before_at_ms = NOW_MS + (20 - by_min) * MINUTE_MS;
  const { shift } = told(coming(20, { eta_cause, eta_before_at_ms }), NOW_MS);
  expect(shift).toBe(`${words}; it was ${clockTime(eta_before_at_ms)} before.`);
});

test("a change that nobody sees is not told", () => {
  const eta_before_at_ms = NOW_MS + 20 * MINUTE_MS + 30_000;
  expect(told(coming(20, { eta_cause: "traffic", eta_before_at_ms })).shift).toBe("");
});

test("an order whose late end is after its promise may come late, and says so before it is", () => {
  expect(told(coming(10, { promise_at_ms: NOW_MS + 15 * MINUTE_MS })).note).toBe("It may come later than promised.");
  expect(told(coming(10, { promise_at_ms: NOW_MS + 17 * MINUTE_MS })).note).toBe("");
  expect(told(anOrder({ promise_at_ms: NOW_MS + MINUTE_MS })).note).toContain("We show the arrival time");
});

test("an order whose street is closed waits for it, and asks nothing of the shopper", () => {
  const summary = told(anOrder({ status: "held", reason: "address", cut_off: "Burst water main" }));
  expect(summary.answer).toBe("We cannot reach you just now");
  expect(summary.note).toBe("The way is closed: Burst water main. Your order goes on by itself when the street opens.");
});

test.each([
  ["dispatchable", "Finding you a courier"],
  ["held", "Your order is on hold"],
  ["canceled", "This order was canceled"],
  ["attempt_failed", "The delivery did not work out"],
  ["returned", "The delivery did not work out"],
] as const)("an order that is %s has a sentence of its own", (status, answer) => {
  expect(told(anOrder({ status, promise_at_ms: NOW_MS + 60 * MINUTE_MS })).answer).toBe(answer);
});

test("a held order says what to do when the address is the reason", () => {
  expect(told(anOrder({ status: "held", reason: "address" })).note).toContain("contact the shop");
});

test("the steps show what is done, what is now, and what lies ahead", () => {
  const order = anOrder({
    status: "picked_up",
    created_at_ms: 1,
    timeline: [
      { status: "assigned", at_ms: 2 },
      { status: "picked_up", at_ms: 3 },
    ],
  });
  expect(steps(order).map(({ state, at_ms }) => [state, at_ms])).toEqual([
    ["done", 1],
    ["done", 2],
    ["now", 3],
    ["ahead", null],
    ["ahead", null],
  ]);
});

test("a delivered order is done to the last step; a canceled one ends where it was", () => {
  const timeline = [{ status: "delivered", at_ms: 9 } as const];
  expect(steps(anOrder({ status: "delivered", timeline })).every(({ state }) => state === "done")).toBe(true);
  const canceled = steps(anOrder({ status: "canceled", timeline: [{ status: "canceled", at_ms: 5 }] }));
  expect(canceled.map(({ key, state }) => [key, state])).toEqual([
    ["track.step.ordered", "done"],
    ["track.step.canceled", "bad"],
  ]);
});

test("an order that lost its courier is back at the beginning", () => {
  const timeline = [{ status: "assigned", at_ms: 2 } as const];
  expect(steps(anOrder({ status: "dispatchable", timeline }))[0]?.state).toBe("now");
});

test("the PIN is shown from when the goods are on the way until they are handed over, and at no other time", () => {
  const pin = (status: OrderView["status"]) => pinToTell({ ...EMPTY_TRACK, pin: "4821" }, anOrder({ status }));
  expect((["assigned", "picked_up", "at_dropoff", "delivered", "canceled"] as const).map(pin)).toEqual([
    "",
    "4821",
    "4821",
    "",
    "",
  ]);
});

test("the courier can be written to only while one has the order; the desk always", () => {
  const whom = (status: OrderView["status"]) => partiesFor(anOrder({ status }));
  expect(whom("dispatchable")).toEqual(["dispatcher"]);
  expect(whom("offered")).toEqual(["dispatcher"]);
  expect(whom("assigned")).toEqual(["courier", "dispatcher"]);
  expect(whom("at_dropoff")).toEqual(["courier", "dispatcher"]);
  expect(whom("delivered")).toEqual(["dispatcher"]);
});

// --- returns --------------------------------------------------------------------------------------------------------

test("a return's time is when the courier is at the door; with the goods on the way to the shop there is none", () => {
  expect(told(coming(10, { direction: "return", status: "en_route_pickup" })).answer).toContain("Arrives");
  const fetched = told(coming(10, { direction: "return", status: "picked_up" }));
  expect([fetched.answer, fetched.soon]).toEqual(["Your return is on its way to the shop", ""]);
});

test.each([
  ["assigned", "A courier will come for your return"],
  ["en_route_pickup", "Your courier is on the way to you"],
  ["at_pickup", "Your courier is at your door"],
  ["at_dropoff", "Your return is on its way to the shop"],
  ["offered", "Finding you a courier"],
] as const)("a return that is %s: %s", (status, words) => {
  expect(told(anOrder({ direction: "return", status })).answer).toBe(words);
});

test("a return ends at the shop, in steps that say so, and its PIN is asked for when the courier comes", () => {
  const timeline = [{ status: "delivered", at_ms: NOW_MS }] as const;
  const done = anOrder({ direction: "return", status: "delivered", timeline });
  expect(told(done).answer).toBe(`At the shop since ${clockTime(NOW_MS)}`);
  expect(told(done).note).toContain("The shop takes it from here");
  expect(steps(done).map(({ key }) => key)).toContain("track.return.step.done");
  const state = { ...EMPTY_TRACK, pin: "4711" };
  const shown = (["at_pickup", "picked_up"] as const).map((status) =>
    pinToTell(state, anOrder({ direction: "return", status })),
  );
  expect(shown).toEqual(["4711", ""]);
});

// --- preparation ----------------------------------------------------------------------------------------------------

test("what the shop reports stands among the steps, and nothing that nobody has reported", () => {
  const paid = { step: "paid", at_ms: 1 } as const;
  const picking = { step: "picking", at_ms: 2 } as const;
  const packed = { step: "packed", at_ms: 4 } as const;
  const assigned = { status: "assigned", at_ms: 3 } as const;
  const shown = (given: Partial<OrderView>) =>
    steps(anOrder(given)).map(({ key, state }) => `${key.replace(/^(track|prep)\.step\./, "")} ${state}`);
  const rest = ["picked_up ahead", "on_way ahead", "delivered ahead"];
  expect(shown({ preparation: [picking, paid] })).toEqual([
    "ordered done",
    "paid done",
    "picking now",
    "assigned ahead",
    ...rest,
  ]);
  expect(shown({ status: "assigned", timeline: [assigned], preparation: [paid, picking] })).toEqual([
    "ordered done",
    "paid done",
    "picking done",
    "assigned now",
    ...rest,
  ]);
  expect(shown({ status: "assigned", timeline: [assigned], preparation: [paid, picking, packed] })).toEqual([
    "ordered done",
    "paid done",
    "picked done",
    "assigned done",
    "packed now",
    ...rest,
  ]);
  const taken = { status: "picked_up", at_ms: 9 } as const;
  expect(shown({ status: "picked_up", timeline: [assigned, taken], preparation: [packed] })).toEqual([
    "ordered done",
    "assigned done",
    "packed done",
    "picked_up now",
    "on_way ahead",
    "delivered ahead",
  ]);
  expect(shown({ status: "canceled", timeline: [{ status: "canceled", at_ms: 5 }], preparation: [paid] })).toEqual([
    "ordered done",
    "paid done",
    "canceled bad",
  ]);
});

const AT_DEPOT: Partial<OrderView> = {
  status: "at_depot",
  mode: "self_pickup",
  address: "North depot, Market 1",
  promise_at_ms: NOW_MS - MINUTE_MS,
  collect_by_ms: NOW_MS + 30 * MINUTE_MS,
};

test("what the shopper fetches says from when, where and until when, and is never late", () => {
  const later = told(anOrder({ ...AT_DEPOT, ready_at_ms: NOW_MS + 10 * MINUTE_MS }));
  expect(later.answer).toBe(`You can fetch it from ${clockTime(NOW_MS + 10 * MINUTE_MS)}`);
  expect(later.note).toBe(`At North depot, Market 1. Kept until ${clockTime(NOW_MS + 30 * MINUTE_MS)}.`);
  expect([later.tone, later.soon]).toEqual(["unknown", ""]);
  expect(told(anOrder(AT_DEPOT)).answer).toBe("It is being packed for you");
  const packed = anOrder({ ...AT_DEPOT, preparation: [{ step: "packed", at_ms: NOW_MS }] });
  expect(told(packed).answer).toBe("Ready: come and fetch it");
  expect(steps(packed).map(({ key, state }) => [key, state])).toEqual([
    ["track.step.ordered", "done"],
    ["prep.step.packed", "now"],
    ["track.step.collected", "ahead"],
  ]);
});

test("its code is shown while it lies there", () => {
  const state = { ...EMPTY_TRACK, pin: "4711" };
  expect(codeToShow(state, anOrder(AT_DEPOT))).toBe("4711");
  expect(codeToShow(state, anOrder({ ...AT_DEPOT, status: "held" }))).toBe("");
  expect(codeToShow(state, coming(10))).toBe("");
  expect(pinToTell(state, anOrder(AT_DEPOT))).toBe("");
});

test("what a carrier has says whose it is, and what went wrong", () => {
  const waiting = anOrder({ status: "at_depot", mode: "carrier" });
  expect(told(waiting).answer).toBe("It is being prepared for the carrier");
  const shipment = { carrier: "DHL", tracking_number: "1" };
  const sent = anOrder({ status: "with_carrier", mode: "carrier", shipment });
  expect(told(sent).answer).toBe("On its way with DHL");
  expect(steps(sent).map(({ state }) => state)).toEqual(["done", "now", "ahead"]);
  const failed = told({ ...sent, shipment: { ...shipment, state: "failed" } });
  expect([failed.answer, failed.note]).toEqual([
    "DHL could not deliver it",
    "We are finding out with the carrier what comes next.",
  ]);
});
