import type { CourierAction, OrderCard, Progress, StopView, Undo } from "../shared/protocol/courier_messages";
import { taskKind } from "../shared/stop";
import type { Past, Shown, View } from "./view";

/** A mistake can be taken back for so long, real seconds (the server's own limit is `UNDO_WITHIN_S`). */
export const UNDO_FOR_MS = 30_000;

const shownOf = new WeakMap<View, Shown>();

/**
 * What is on the screen: the server's facts with the own actions on top that they do not show yet.
 *
 * Each action changes only what it is about and changes nothing when the facts show it already, so it does not matter
 * whether the server's word or its facts come first.
 */
export function shown(view: View): Shown {
  let found = shownOf.get(view);
  if (!found) {
    const { duty, cards, offers, said } = view;
    const facts: Shown = { duty, stops: ownStops(view), cards, offers, said };
    found = view.mine.reduce((now, { action }) => apply(now, action, view), facts);
    shownOf.set(view, found);
  }
  return found;
}

/** The route is told with the stops of orders that are only offered; they are the courier's after a yes, not before. */
function ownStops({ stops, cards, offers, mine }: View): readonly StopView[] {
  const accepted = new Set(mine.flatMap(({ action }) => (action.t === "accept" ? [action.offer_id] : [])));
  const own = new Set(cards.map(({ order_id }) => order_id));
  const open = offers.filter(({ offer_id }) => !accepted.has(offer_id)).flatMap(({ order_ids }) => order_ids);
  return withoutOrders(
    stops,
    open.filter((order_id) => !own.has(order_id)),
  );
}

/** The stops that remain when these orders leave; a stop left without orders goes too. */
export function withoutOrders(stops: readonly StopView[], order_ids: readonly string[]): readonly StopView[] {
  if (order_ids.length === 0) return stops;
  return stops.map((stop) => without(stop, order_ids)).filter((stop) => stop.order_ids.length > 0);
}

function apply(now: Shown, action: CourierAction, view: View): Shown {
  switch (action.t) {
    case "duty":
      return { ...now, duty: action.duty };
    case "accept":
    case "decline":
      return { ...now, offers: now.offers.filter((offer) => offer.offer_id !== action.offer_id) };
    case "progress":
      return isUndone(view, action.id) ? now : progressed(now, action);
    case "undo":
      return undone(now, action, view);
    case "say":
      return now; // shown by the thread itself, which knows the ticks
  }
}

function progressed(now: Shown, action: Progress): Shown {
  const stop = now.stops.find(({ stop_id }) => stop_id === action.stop_id);
  if (!stop) return now;
  if (action.action === "departed") return started(now, stop, "en_route");
  if (action.action === "arrived") return started(now, stop, "arrived");
  const about = ordersOf(action, stop);
  const left = stop.order_ids.filter((id) => !about.includes(id));
  const others = now.stops.filter((other) => other !== stop);
  // Whoever hands over at one place what many wait for is still there with the rest; a depot's rest is fetched later.
  const state = stop.kind === "pickup" ? ("planned" as const) : (stop.state ?? "planned");
  const rest = left.length > 0 ? [{ ...stop, order_ids: left, state }] : [];
  const stops = [...rest, ...others, ...stillToBring(stop, action, about)];
  return { ...now, ...afterwards(stops, now.cards, stop, action, about) };
}

/** A courier does one stop at a time: it comes first, and what else was started is planned again. */
function started(now: Shown, stop: StopView, state: "en_route" | "arrived"): Shown {
  if (state === "en_route" && stop.state === "arrived") return now;
  const others = now.stops
    .filter((other) => other !== stop)
    .map((other): StopView => (isStarted(other) ? { ...other, state: "planned" } : other));
  return { ...now, stops: [{ ...stop, state }, ...others] };
}

/** What becomes of the goods: on board, handed over, still on board after a failed attempt, or never taken. */
function afterwards(
  stops: readonly StopView[],
  cards: readonly OrderCard[],
  stop: StopView,
  action: Progress,
  about: readonly string[],
): Pick<Shown, "stops" | "cards"> {
  const task = taskKind(stop);
  const failed = action.action === "failed";
  if (failed && task === "bring") return { stops, cards };
  if (task === "pass" || task === "receive") return met(stops, cards, task, failed, about);
  const gone = (stop.kind === "pickup") === failed;
  if (!gone) {
    const status = stop.kind === "pickup" ? "picked_up" : "attempt_failed";
    return { stops, cards: cards.map((card) => (about.includes(card.order_id) ? { ...card, status } : card)) };
  }
  return {
    stops: stop.kind === "pickup" ? withoutOrders(stops, about) : stops,
    cards: cards.filter((card) => !about.includes(card.order_id)),
  };
}

/** Goods that could not be brought back still have to be: behind everything else. */
function stillToBring(stop: StopView, action: Progress, order_ids: readonly string[]): readonly StopView[] {
  const failed = action.action === "failed" && taskKind(stop) === "bring";
  return failed ? [{ ...stop, order_ids, state: "planned" }] : [];
}

/** Given goods have left; received ones are here, and the other courier's until both have said so. */
function met(
  stops: readonly StopView[],
  cards: readonly OrderCard[],
  task: "pass" | "receive",
  failed: boolean,
  about: readonly string[],
): Pick<Shown, "stops" | "cards"> {
  const leave = (task === "pass") !== failed;
  return { stops, cards: leave ? cards.filter((card) => !about.includes(card.order_id)) : cards };
}

function without(stop: StopView, order_ids: readonly string[]): StopView {
  if (!stop.order_ids.some((id) => order_ids.includes(id))) return stop;
  return { ...stop, order_ids: stop.order_ids.filter((id) => !order_ids.includes(id)) };
}

/** The stop stands at the front again, as it was, with what is known of its orders. */
function undone(now: Shown, { stop_id, id }: Undo, view: View): Shown {
  const past = view.past.find((each) => each.stop.stop_id === stop_id && each.undone_by === id);
  if (!past || now.stops.some((stop) => stop.stop_id === stop_id)) return now;
  const again: StopView = { ...past.stop, order_ids: past.order_ids };
  const known = now.cards.filter((card) => !past.order_ids.includes(card.order_id));
  return { ...now, stops: [again, ...now.stops], cards: [...known, ...past.cards] };
}

function isUndone(view: View, action_id: string): boolean {
  return view.past.some((past) => past.action_id === action_id && past.undone_by !== "");
}

export function ordersOf(action: Progress, stop: StopView): readonly string[] {
  return action.order_ids?.length ? action.order_ids : stop.order_ids;
}

export function isStarted(stop: StopView): boolean {
  return stop.state === "en_route" || stop.state === "arrived";
}

/** The stop that comes next. */
export function nextStop(now: Shown): StopView | null {
  return now.stops[0] ?? null;
}

export function cardsOf(now: Shown, stop: StopView): readonly OrderCard[] {
  const known = new Map(now.cards.map((card) => [card.order_id, card]));
  return stop.order_ids.map((order_id) => known.get(order_id) ?? { order_id, status: "assigned" });
}

const STRANDED = new Set<string>(["attempt_failed", "returning", "handover"]);

/** Goods on board that no stop is about: they wait for a dispatcher's word, or go back to their depot. */
export function strandedGoods(now: Shown): readonly OrderCard[] {
  const ahead = new Set(now.stops.flatMap((stop) => stop.order_ids));
  return now.cards.filter((card) => STRANDED.has(card.status) && !ahead.has(card.order_id));
}

/** What may still be taken back, and for how many milliseconds; null when nothing may. */
export function undoable(view: View, wall_ms: number): { past: Past; left_ms: number } | null {
  const past = view.past[0];
  if (!past || past.undone_by) return null;
  const left_ms = past.wall_ms + UNDO_FOR_MS - wall_ms;
  return left_ms > 0 && left_ms <= UNDO_FOR_MS ? { past, left_ms } : null;
}

/** How far an action is: still here, or with the server. */
export function ticksOf(view: View, action_id: string): "made" | "kept" | "taken" {
  return view.mine.find(({ action }) => action.id === action_id)?.state ?? "taken";
}
