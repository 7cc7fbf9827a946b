import { shortId } from "../shared/format";
import type { CourierAction, CourierFact, OfferClosed, Progress, Said } from "../shared/protocol/courier_messages";
import { cardsOf, ordersOf, shown, withoutOrders } from "./shown";
import { EMPTY_VIEW, type Mine, type Past, type Told, type View, type ViewEvent } from "./view";

/** Bounds of what is kept: a long shift, not a life. */
const MAX_PAST = 60;
const MAX_TOLD = 20;
const MAX_SAID = 1_024;
/** Why an offer ended that was made to several couriers: somebody else was first. */
const TAKEN = "taken";

/** The app's state as a pure function of what the server told, what the courier did, and what became of that. */
export function reduceView(view: View, event: ViewEvent): View {
  switch (event.kind) {
    case "restored":
      return restored(event.view ?? EMPTY_VIEW, event.actions);
    case "push":
      return pushed(view, event);
    case "resync":
      return resynced(view, event);
    case "did":
      return did(view, event.action, event.wall_ms);
    case "kept":
      return { ...view, mine: view.mine.map((mine) => keptNow(mine, event.id)) };
    case "settled":
      return event.reply.ok ? taken(view, event.action.id) : refused(view, event);
    case "withdrawn":
      return forget(view, event.id);
    case "lapsed":
      return lapsed(view, event.offer_id, event.at_ms);
    case "read":
      return { ...view, read: { ...view.read, [event.order_id]: event.at_ms } };
    case "put_away":
      return { ...view, told: view.told.filter(({ id }) => id !== event.id) };
    case "fresh":
      return { ...view, fresh_at_ms: event.at_ms };
    case "day":
      return { ...view, day: event.day };
  }
}

/** What the server took before the app was closed may not show in the facts yet; the rest is what the phone still has. */
function restored(view: View, actions: readonly CourierAction[]): View {
  const takenBefore = view.mine.filter(({ state }) => state === "taken");
  const open = actions.map((action): Mine => ({ action, state: "kept" }));
  return { ...EMPTY_VIEW, ...view, mine: [...takenBefore, ...open] };
}

// --- what the server told -----------------------------------------------------------------------------------------

type Pushed = Extract<ViewEvent, { kind: "push" }>;

function pushed(view: View, { facts, seq, at_ms }: Pushed): View {
  const now = facts.reduce((so_far, fact, i) => learn(so_far, fact, `${seq}:${i}`, at_ms), view);
  return { ...now, known: true, mine: now.mine.filter((mine) => !isShownBy(mine, facts)) };
}

function learn(view: View, fact: CourierFact, id: string, at_ms: number): View {
  switch (fact.kind) {
    case "offered":
      return { ...view, offers: [...view.offers.filter(({ offer_id }) => offer_id !== fact.offer_id), fact] };
    case "offer_closed":
      return offerClosed(view, fact, at_ms);
    case "route":
      return { ...view, stops: fact.stops, cards: fact.cards ?? [] };
    case "card":
      return { ...view, cards: withCard(view, fact.card) };
    case "notice": {
      const refs = (fact.order_ids ?? []).map((order_id) => refOf(view, order_id));
      return tell(view, { id, kind: "notice", code: fact.code, about: "", detail: fact.place ?? "", refs, at_ms });
    }
    case "said":
      return { ...view, said: withSaid(view.said, fact) };
    case "duty_changed":
      return { ...view, duty: fact.duty };
  }
}

const ENDS = new Set<string>(["delivered", "returned", "canceled", "collected"]);

function withCard({ cards }: View, card: View["cards"][number]): View["cards"] {
  const others = cards.filter(({ order_id }) => order_id !== card.order_id);
  return ENDS.has(card.status) ? others : [...others, card];
}

function withSaid(said: readonly Said[], fact: Said): readonly Said[] {
  if (said.some(({ message_id }) => message_id === fact.message_id)) return said;
  return [...said, fact].slice(-MAX_SAID);
}

/** Only an offer that the courier saw, or said yes to, is worth a word when it is over. */
function offerClosed(view: View, { offer_id, outcome, reason }: OfferClosed, at_ms: number): View {
  const seen = view.offers.some((offer) => offer.offer_id === offer_id) || wasTaken(view, offer_id);
  const closed = { ...view, offers: view.offers.filter((offer) => offer.offer_id !== offer_id) };
  if (!seen || outcome === "accepted" || outcome === "declined") return closed;
  return tell(closed, offerTold(offer_id, reason === TAKEN ? TAKEN : outcome, at_ms));
}

function wasTaken({ mine }: View, offer_id: string): boolean {
  return mine.some(({ action }) => action.t === "accept" && action.offer_id === offer_id);
}

function offerTold(offer_id: string, code: string, at_ms: number): Told {
  return { id: `offer:${offer_id}`, kind: "offer", code, about: "", detail: "", refs: [], at_ms };
}

/** Whether these facts carry what the server made of an action that it has taken. */
function isShownBy({ action, state }: Mine, facts: readonly CourierFact[]): boolean {
  if (state !== "taken") return false;
  return facts.some((fact) => {
    switch (action.t) {
      case "duty":
        return fact.kind === "duty_changed";
      case "accept":
      case "decline":
        return fact.kind === "offer_closed" && fact.offer_id === action.offer_id;
      case "say":
        return isEcho(action, fact);
      default:
        return fact.kind === "route";
    }
  });
}

/** Whether a told message is the own one that was sent. */
export function isEcho(action: CourierAction, fact: CourierFact): boolean {
  if (action.t !== "say" || fact.kind !== "said" || fact.sender !== "courier") return false;
  return fact.message_id === action.id || (fact.order_id === action.order_id && fact.text === action.text);
}

type Resynced = Extract<ViewEvent, { kind: "resync" }>;

function resynced(view: View, { duty, route, offers, said, at_ms }: Resynced): View {
  const cards = route.cards ?? [];
  const mine = view.mine.filter(({ state }) => state !== "taken");
  return { ...view, known: true, duty, stops: route.stops, cards, offers, said, mine, fresh_at_ms: at_ms };
}

// --- what the courier did -----------------------------------------------------------------------------------------

function did(view: View, action: CourierAction, wall_ms: number): View {
  const now = { ...view, mine: [...view.mine, { action, state: "made" as const }] };
  if (action.t === "undo") return { ...now, past: view.past.map((past) => takenBack(past, action)) };
  if (action.t !== "progress" || (action.action !== "completed" && action.action !== "failed")) return now;
  const past = finished(view, action, action.action, wall_ms);
  return past ? { ...now, past: [past, ...view.past].slice(0, MAX_PAST) } : now;
}

function takenBack(past: Past, undo: { stop_id: string; id: string }): Past {
  return past.stop.stop_id === undo.stop_id && !past.undone_by ? { ...past, undone_by: undo.id } : past;
}

function finished(view: View, action: Progress, how: Past["action"], wall_ms: number): Past | null {
  const now = shown(view);
  const stop = now.stops.find(({ stop_id }) => stop_id === action.stop_id);
  if (!stop) return null;
  const order_ids = ordersOf(action, stop);
  const cards = cardsOf(now, stop).filter(({ order_id }) => order_ids.includes(order_id));
  return { action_id: action.id, action: how, stop, order_ids, cards, at_ms: action.at_ms, wall_ms, undone_by: "" };
}

function keptNow(mine: Mine, id: string): Mine {
  return mine.action.id === id && mine.state === "made" ? { ...mine, state: "kept" } : mine;
}

/** The server has it. It stays on top of the facts until they show it, so that nothing flashes back in between. */
function taken(view: View, id: string): View {
  return {
    ...view,
    mine: view.mine.map((mine) => (mine.action.id === id ? { ...mine, state: "taken" } : mine)),
  };
}

/** As if it had not been done: what it changed here is put right by leaving it out. */
function forget(view: View, id: string): View {
  return {
    ...view,
    mine: view.mine.filter(({ action }) => action.id !== id),
    past: view.past
      .filter(({ action_id }) => action_id !== id)
      .map((past) => (past.undone_by === id ? { ...past, undone_by: "" } : past)),
  };
}

type Settled = Extract<ViewEvent, { kind: "settled" }>;

function refused(view: View, { action, reply, at_ms }: Settled): View {
  const about = action.t === "progress" ? action.action : action.t;
  const told: Told = {
    id: action.t === "accept" ? `offer:${action.offer_id}` : action.id,
    kind: "refused",
    code: reply.code ?? "",
    about,
    detail: reply.detail ?? "",
    refs: refsOf(view, action),
    at_ms,
  };
  return tell(forget(view, action.id), told);
}

function refsOf(view: View, action: CourierAction): readonly string[] {
  if (action.t === "progress") return (action.order_ids ?? []).map((order_id) => refOf(view, order_id));
  return action.t === "say" ? [refOf(view, action.order_id)] : [];
}

function lapsed(view: View, offer_id: string, at_ms: number): View {
  const offer = view.offers.find((each) => each.offer_id === offer_id);
  if (!offer || wasTaken(view, offer_id)) return view;
  const offers = view.offers.filter((other) => other !== offer);
  const own = new Set(view.cards.map(({ order_id }) => order_id));
  const lost = offer.order_ids.filter((order_id) => !own.has(order_id));
  return tell({ ...view, offers, stops: withoutOrders(view.stops, lost) }, offerTold(offer_id, "lapsed", at_ms));
}

function tell(view: View, told: Told): View {
  return { ...view, told: [told, ...view.told.filter(({ id }) => id !== told.id)].slice(0, MAX_TOLD) };
}

/** What people call an order: its reference, else the end of its id. */
export function refOf(view: Pick<View, "cards" | "past">, order_id: string): string {
  const cards = [...view.cards, ...view.past.flatMap((past) => past.cards)];
  return cards.find((card) => card.order_id === order_id)?.ref || shortId(order_id);
}
