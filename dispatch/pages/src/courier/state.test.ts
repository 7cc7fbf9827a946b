import { expect, test } from "vitest";
import type { CourierAction, CourierFact, Progress, Reply } from "../shared/protocol/courier_messages";
import { aCard, anOffer, aRoute, aStop } from "../shared/testing/courier_views";
import { cardsOf, nextStop, shown, strandedGoods, ticksOf, UNDO_FOR_MS, undoable } from "./shown";
import { reduceView } from "./state";
import { EMPTY_VIEW, type View, type ViewEvent } from "./view";

/** A phone: what it was told and what was done on it, one after another. */
class Phone {
  view: View = EMPTY_VIEW;
  private seq = 0;

  constructor(...facts: readonly CourierFact[]) {
    this.told(...facts);
  }

  hears(event: ViewEvent): this {
    this.view = reduceView(this.view, event);
    return this;
  }

  told(...facts: readonly CourierFact[]): this {
    this.seq += 1;
    return this.hears({ kind: "push", facts, seq: this.seq, at_ms: this.seq });
  }

  did(action: CourierAction, wall_ms = 0): this {
    return this.hears({ kind: "did", action, wall_ms });
  }

  settled(action: CourierAction, reply: Partial<Reply> = {}): this {
    return this.hears({ kind: "settled", action, reply: { t: "reply", id: action.id, ok: true, ...reply }, at_ms: 9 });
  }

  get stops(): string[] {
    return shown(this.view).stops.map(({ stop_id, state = "planned" }) => `${stop_id} ${state}`);
  }

  get words(): string[] {
    return this.view.told.map(({ kind, code, refs }) => [kind, code, ...refs].join(" "));
  }
}

function progress(action: Progress["action"], stop_id: string, more: Partial<Progress> = {}): Progress {
  const kind = stop_id.startsWith("pi") ? "pickup" : "dropoff";
  return { t: "progress", id: `${action}-${stop_id}`, at_ms: 5, stop_id, action, kind, ...more };
}

// --- steps --------------------------------------------------------------------------------------------------------

test("each step shows at once, before anybody has heard of it", () => {
  const phone = new Phone(aRoute());
  expect(phone.did(progress("departed", "pi-o1")).stops).toEqual(["pi-o1 en_route", "dr-o1 planned"]);
  expect(phone.did(progress("arrived", "pi-o1")).stops).toEqual(["pi-o1 arrived", "dr-o1 planned"]);
  phone.did(progress("completed", "pi-o1"));
  expect(phone.stops).toEqual(["dr-o1 planned"]);
  expect(shown(phone.view).cards[0]?.status).toBe("picked_up");
  phone.did(progress("completed", "dr-o1"));
  expect(phone.stops).toEqual([]);
  expect(shown(phone.view).cards).toEqual([]);
});

test("a stop out of turn comes first, and what was started is planned again", () => {
  const phone = new Phone(aRoute(["o1", "o2"])).did(progress("departed", "dr-o1")).did(progress("arrived", "dr-o2"));
  expect(phone.stops).toEqual(["dr-o2 arrived", "dr-o1 planned", "pi-o1-o2 planned"]);
});

test("setting off again changes nothing where one has arrived", () => {
  const phone = new Phone(aRoute()).did(progress("arrived", "pi-o1")).did(progress("departed", "pi-o1"));
  expect(phone.stops[0]).toBe("pi-o1 arrived");
});

test("what is not taken stays at the stop, to be begun again", () => {
  const phone = new Phone(aRoute(["o1", "o2"])).did(progress("arrived", "pi-o1-o2"));
  phone.did(progress("completed", "pi-o1-o2", { order_ids: ["o1"] }));
  expect(phone.stops).toEqual(["pi-o1-o2 planned", "dr-o1 planned", "dr-o2 planned"]);
  expect(nextStop(shown(phone.view))?.order_ids).toEqual(["o2"]);
});

test("a failed pickup takes the order's other stop along; a failed delivery keeps the goods on board", () => {
  const pickup = new Phone(aRoute(["o1", "o2"])).did(progress("failed", "pi-o1-o2", { order_ids: ["o1"] }));
  expect(pickup.stops).toEqual(["pi-o1-o2 planned", "dr-o2 planned"]);
  const delivery = new Phone(aRoute()).did(progress("completed", "pi-o1")).did(progress("failed", "dr-o1"));
  expect(delivery.stops).toEqual([]);
  expect(strandedGoods(shown(delivery.view)).map(({ order_id }) => order_id)).toEqual(["o1"]);
});

test("the server's word and its facts may come in either order; nothing flashes back in between", () => {
  const done = progress("completed", "pi-o1");
  const after: CourierFact = { kind: "route", version: 2, stops: [aStop({ kind: "dropoff" })], cards: [aCard()] };
  const wordFirst = new Phone(aRoute()).did(done).settled(done);
  expect(wordFirst.stops).toEqual(["dr-o1 planned"]);
  expect(wordFirst.told(after).stops).toEqual(["dr-o1 planned"]);
  expect(wordFirst.view.mine).toEqual([]);
  const factsFirst = new Phone(aRoute()).did(done).told(after);
  expect(factsFirst.stops).toEqual(["dr-o1 planned"]);
  expect(factsFirst.settled(done).stops).toEqual(["dr-o1 planned"]);
});

test("one tick when it is kept, two when the server has it", () => {
  const done = progress("completed", "pi-o1");
  const phone = new Phone(aRoute()).did(done);
  const ticks = () => ticksOf(phone.view, done.id);
  expect(ticks()).toBe("made");
  phone.hears({ kind: "kept", id: done.id });
  expect(ticks()).toBe("kept");
  phone.settled(done).hears({ kind: "kept", id: done.id });
  expect(ticks()).toBe("taken");
});

// --- refusals -----------------------------------------------------------------------------------------------------

test("a refusal puts the stop back as it was, and says why", () => {
  const done = progress("completed", "dr-o1", { order_ids: ["o1"] });
  const phone = new Phone(aRoute()).did(progress("completed", "pi-o1")).did(progress("arrived", "dr-o1")).did(done);
  phone.settled(done, { ok: false, code: "wrong_pin", detail: "No." });
  expect(phone.stops).toEqual(["dr-o1 arrived"]);
  expect(phone.words).toEqual(["refused wrong_pin R-o1"]);
  expect(phone.view.told[0]).toMatchObject({ about: "completed", detail: "No." });
  expect(phone.view.past.map(({ stop }) => stop.stop_id)).toEqual(["pi-o1"]);
});

test("a refused duty is the old one again", () => {
  const action: CourierAction = { t: "duty", id: "d", at_ms: 1, duty: "off_duty" };
  const phone = new Phone({ kind: "duty_changed", duty: "available" }).did(action);
  expect(shown(phone.view).duty).toBe("off_duty");
  phone.settled(action, { ok: false, code: "goods_on_board" });
  expect(shown(phone.view).duty).toBe("available");
  expect(phone.words).toEqual(["refused goods_on_board"]);
});

// --- undo ---------------------------------------------------------------------------------------------------------

const DONE = progress("completed", "dr-o1");
const UNDO: CourierAction = { t: "undo", id: "u", at_ms: 6, stop_id: "dr-o1" };

/** A phone whose only delivery was done at 1000 ms of its own clock. */
function delivered(): Phone {
  return new Phone(aRoute()).did(progress("completed", "pi-o1")).did(progress("arrived", "dr-o1")).did(DONE, 1_000);
}

test("for half a minute the newest stop can be taken back, and no other", () => {
  const { view } = delivered();
  expect(undoable(view, 1_000 + UNDO_FOR_MS - 1)).toMatchObject({ past: { action_id: DONE.id }, left_ms: 1 });
  expect(undoable(view, 1_000 + UNDO_FOR_MS)).toBeNull();
  expect(undoable(view, 999)).toBeNull();
});

test("taken back before anybody heard of it: as if it had not been done", () => {
  const phone = delivered().hears({ kind: "withdrawn", id: DONE.id });
  expect(phone.stops).toEqual(["dr-o1 arrived"]);
  expect(phone.view.past.map(({ action_id }) => action_id)).toEqual(["completed-pi-o1"]);
});

test("taken back afterwards: the stop stands there with its orders, also when the facts know it as done", () => {
  const phone = delivered().settled(DONE).told({ kind: "route", version: 3, stops: [], cards: [] }).did(UNDO);
  expect(phone.stops).toEqual(["dr-o1 arrived"]);
  expect(cardsOf(shown(phone.view), aStop({ kind: "dropoff" }))[0]).toMatchObject({ ref: "R-o1", status: "picked_up" });
  expect(undoable(phone.view, 1_001)).toBeNull();
});

test("an undo that is refused leaves the stop done", () => {
  const phone = delivered().settled(DONE).told({ kind: "route", version: 3, stops: [], cards: [] }).did(UNDO);
  phone.settled(UNDO, { ok: false, code: "undo_too_late" });
  expect(phone.stops).toEqual([]);
  expect(phone.words).toEqual(["refused undo_too_late"]);
});

// --- offers -------------------------------------------------------------------------------------------------------

const ACCEPT: CourierAction = { t: "accept", id: "yes", at_ms: 1, offer_id: "f1" };
const DECLINE: CourierAction = { t: "decline", id: "no", at_ms: 1, offer_id: "f1" };

test("the stops of an offer are the courier's after a yes, not before and not after a no", () => {
  const offered = () => new Phone(anOffer(), aRoute(["o1"], []));
  expect(offered().stops).toEqual([]);
  expect(offered().did(ACCEPT).stops).toEqual(["pi-o1 planned", "dr-o1 planned"]);
  expect(offered().did(DECLINE).stops).toEqual([]);
  expect(offered().hears({ kind: "lapsed", offer_id: "f1", at_ms: 2 }).stops).toEqual([]);
});

test("a visit that holds accepted and offered orders shows the accepted ones", () => {
  const phone = new Phone(anOffer({ order_ids: ["o2"] }), aRoute(["o1", "o2"], ["o1"]));
  expect(nextStop(shown(phone.view))?.order_ids).toEqual(["o1"]);
  expect(phone.stops).toHaveLength(2);
});

test("an offer that nobody answered is told once; one that was declined is not", () => {
  const lapsed = new Phone(anOffer()).hears({ kind: "lapsed", offer_id: "f1", at_ms: 2 });
  lapsed.told({ kind: "offer_closed", offer_id: "f1", outcome: "lapsed" });
  expect(lapsed.words).toEqual(["offer lapsed"]);
  const declined = new Phone(anOffer())
    .did(DECLINE)
    .told({ kind: "offer_closed", offer_id: "f1", outcome: "declined" });
  expect(declined.words).toEqual([]);
});

test("an offer that somebody else took first is told as that", () => {
  const taken: CourierFact = { kind: "offer_closed", offer_id: "f1", outcome: "revoked", reason: "taken" };
  expect(new Phone(anOffer()).told(taken).words).toEqual(["offer taken"]);
  const canceled: CourierFact = { ...taken, reason: "canceled" };
  expect(new Phone(anOffer()).told(canceled).words).toEqual(["offer revoked"]);
});

test("a yes that came too late is told as one thing, whether the fact or the refusal comes first", () => {
  const closed: CourierFact = { kind: "offer_closed", offer_id: "f1", outcome: "lapsed" };
  const no = { ok: false, code: "offer_closed" };
  expect(new Phone(anOffer()).did(ACCEPT).told(closed).settled(ACCEPT, no).view.told).toHaveLength(1);
  expect(new Phone(anOffer()).did(ACCEPT).settled(ACCEPT, no).told(closed).view.told).toHaveLength(1);
});

test("an offer with a yes on its way is not told to have lapsed", () => {
  const phone = new Phone(anOffer()).did(ACCEPT).hears({ kind: "lapsed", offer_id: "f1", at_ms: 2 });
  expect(phone.words).toEqual([]);
});

// --- what is told, and what is kept -------------------------------------------------------------------------------

test("notices name the orders as people do, stay until they are put away, and come once", () => {
  const notice: CourierFact = { kind: "notice", code: "order_taken_over", order_ids: ["o1", "strange"] };
  const phone = new Phone(aRoute()).told(notice);
  expect(phone.words).toEqual(["notice order_taken_over R-o1 strange"]);
  phone.hears({ kind: "put_away", id: phone.view.told[0]?.id ?? "" });
  expect(phone.words).toEqual([]);
});

test("a card that comes alone is put in; one at its end goes", () => {
  const phone = new Phone(aRoute()).told({ kind: "card", card: aCard({ status: "returning" }) });
  expect(phone.view.cards.map(({ status }) => status)).toEqual(["returning"]);
  expect(phone.told({ kind: "card", card: aCard({ status: "returned" }) }).view.cards).toEqual([]);
});

test("after a restart the same is shown: what was taken stays until the facts show it, the rest comes from the disk", () => {
  const first = progress("completed", "pi-o1");
  const second = progress("arrived", "dr-o1");
  const before = new Phone(aRoute()).did(first).did(second).settled(first);
  const after = new Phone().hears({ kind: "restored", view: before.view, actions: [second] });
  expect(after.stops).toEqual(before.stops);
  expect(after.view.mine.map(({ state }) => state)).toEqual(["taken", "kept"]);
  expect(new Phone().hears({ kind: "restored", view: null, actions: [] }).view).toEqual(EMPTY_VIEW);
});

test("a snapshot replaces everything that was told, and keeps what the server does not know yet", () => {
  const kept = progress("departed", "pi-o9");
  const phone = new Phone(aRoute()).did(progress("arrived", "pi-o1")).settled(progress("arrived", "pi-o1")).did(kept);
  const route = aRoute(["o9"]);
  if (route.kind !== "route") throw new Error("A route is a route.");
  phone.hears({ kind: "resync", duty: "available", route, offers: [], said: [], at_ms: 7 });
  expect(phone.stops).toEqual(["pi-o9 en_route", "dr-o9 planned"]);
  expect(phone.view).toMatchObject({ known: true, fresh_at_ms: 7, mine: [{ action: kept }] });
});

test("a long shift does not grow without end", () => {
  const phone = new Phone();
  for (let n = 0; n < 100; n += 1) {
    phone.told(aRoute([`o${n}`]), { kind: "notice", code: "news", order_ids: [] });
    phone.did(progress("completed", `pi-o${n}`));
  }
  expect(phone.view.past).toHaveLength(60);
  expect(phone.view.told).toHaveLength(20);
});

// --- other ways than to a door ----------------------------------------------------------------------------------------

const RETURNING = aCard({ order_id: "o1", status: "returning" });
const BACK = aStop({ stop_id: "back-o1", kind: "dropoff", end: "depot", order_ids: ["o1"], state: "arrived" });

test("goods that could not be brought back stay on the route, behind the rest, and still go back", () => {
  const other = aStop({ stop_id: "dr-o2", kind: "dropoff", order_ids: ["o2"] });
  const cards = [RETURNING, aCard({ order_id: "o2", status: "picked_up" })];
  const phone = new Phone({ kind: "route", version: 1, stops: [BACK, other], cards });
  phone.did(progress("failed", "back-o1", { reason: "closed" }));
  expect(phone.stops).toEqual(["dr-o2 planned", "back-o1 planned"]);
  expect(shown(phone.view).cards.find(({ order_id }) => order_id === "o1")?.status).toBe("returning");
  phone.did(progress("completed", "back-o1"));
  expect(phone.stops).toEqual(["dr-o2 planned"]);
});

test("whoever hands over one of many at a door is still there with the rest", () => {
  const order_ids = ["o1", "o2", "o3"];
  const point = aStop({ stop_id: "dr-o1", kind: "dropoff", end: "door", order_ids, state: "arrived" });
  const cards = order_ids.map((order_id) => aCard({ order_id, status: "at_dropoff" }));
  const phone = new Phone({ kind: "route", version: 1, stops: [point], cards });
  phone.did(progress("completed", "dr-o1", { order_ids: ["o1", "o2"] }));
  expect(phone.stops).toEqual(["dr-o1 arrived"]);
  expect(shown(phone.view).stops[0]?.order_ids).toEqual(["o3"]);
  expect(shown(phone.view).cards.map(({ order_id }) => order_id)).toEqual(["o3"]);
});

test.each([
  ["pass", "completed", []],
  ["pass", "failed", ["picked_up"]],
  ["receive", "completed", ["handover"]],
  ["receive", "failed", []],
] as const)("at a meeting, %s %s leaves on the phone: %s", (task, action, left) => {
  const kind = task === "pass" ? "dropoff" : "pickup";
  const stop = aStop({ stop_id: "meet", kind, end: "meeting", order_ids: ["o1"], state: "arrived" });
  const card = aCard({ order_id: "o1", status: task === "pass" ? "picked_up" : "handover" });
  const phone = new Phone({ kind: "route", version: 1, stops: [stop], cards: [card] });
  phone.did(progress(action, "meet", { kind }));
  expect(phone.stops).toEqual([]);
  expect(shown(phone.view).cards.map(({ status }) => status)).toEqual(left);
});

test("what was received and is not one's own yet is listed as such", () => {
  const card = aCard({ order_id: "o1", status: "handover" });
  const phone = new Phone({ kind: "route", version: 1, stops: [], cards: [card] });
  expect(strandedGoods(shown(phone.view)).map(({ order_id }) => order_id)).toEqual(["o1"]);
});
