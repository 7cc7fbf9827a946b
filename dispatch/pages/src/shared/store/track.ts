import type {
  DataMessage,
  DepotView,
  FixView,
  MessageView,
  OrderView,
  Profile,
  RoutePath,
  TrackChange,
  TrackSnapshot,
} from "../protocol/messages";
import { isNewer } from "./zone";

/** Everything a shopper sees of the order. `first_eta_at_ms` is the first arrival time this page was told. */
export interface TrackState {
  order: OrderView | null;
  depot: DepotView | null;
  courier: { name: string; profile: Profile | "" } | null;
  stops_before: number;
  /** The fewest stops before this one that were told of this courier. */
  stops_told: number;
  fix: FixView | null;
  path: RoutePath | null;
  first_eta_at_ms: number;
  /** What the shopper wrote and what was written to them, the oldest first. */
  messages: readonly MessageView[];
  /** Rises when something may be new in a case of the order: the server has told so, or the page was away. */
  case_news: number;
  /** What the courier will ask for at the door; empty when the order wants none. */
  pin: string;
}

export const EMPTY_TRACK: TrackState = {
  order: null,
  depot: null,
  courier: null,
  stops_before: 0,
  stops_told: Number.POSITIVE_INFINITY,
  fix: null,
  path: null,
  first_eta_at_ms: 0,
  messages: [],
  case_news: 0,
  pin: "",
};

/** While the courier is on the way to the shopper: with their order, or for their return. */
const SHOWS_COURIER: Readonly<Record<"delivery" | "return", ReadonlySet<string>>> = {
  delivery: new Set(["picked_up", "en_route_dropoff", "at_dropoff"]),
  return: new Set(["en_route_pickup", "at_pickup"]),
};

function showsCourier({ direction = "delivery", status }: OrderView): boolean {
  return SHOWS_COURIER[direction].has(status);
}

/** The shopper's view after one message. */
export function reduceTrack(state: TrackState, message: DataMessage): TrackState {
  switch (message.t) {
    case "track_snapshot":
    case "track_change":
      return withOrder(state, message);
    case "fixes":
      return withFixes(state, message.fixes);
    case "paths":
      return withPaths(state, message.paths);
    default:
      return state;
  }
}

function withOrder(state: TrackState, message: TrackSnapshot | TrackChange): TrackState {
  const { order } = message;
  // The server decides who is seen; the page agrees only while they come to the shopper, whatever it is sent.
  const visible = showsCourier(order) && (message.t === "track_snapshot" || message.courier_visible === true);
  const courier = message.courier_name ? { name: message.courier_name, profile: message.courier_profile ?? "" } : null;
  // The courier's id is hidden from shoppers: a hand-over shows in the name, and starts a new order of facts.
  const known = courier?.name === state.courier?.name ? state.fix : null;
  const stops_before = message.stops_before ?? 0;
  const told = courier?.name === state.courier?.name ? state.stops_told : Number.POSITIVE_INFINITY;
  return {
    order,
    depot: message.depot ?? (message.t === "track_snapshot" ? null : state.depot),
    courier,
    stops_before,
    stops_told: visible ? Math.min(told, stops_before) : Number.POSITIVE_INFINITY,
    fix: visible ? latest(known, message.fix ?? null) : null,
    path: visible ? (message.path ?? null) : null,
    first_eta_at_ms: state.first_eta_at_ms || order.eta_at_ms || 0,
    messages: message.messages ?? (message.t === "track_snapshot" ? [] : state.messages),
    case_news: state.case_news + Number(message.t === "track_snapshot" || message.event === "case_changed"),
    pin: message.pin ?? "",
  };
}

function withFixes(state: TrackState, fixes: readonly FixView[]): TrackState {
  if (!state.order || !showsCourier(state.order)) return state;
  const fix = fixes.reduce(latest, state.fix);
  return fix === state.fix ? state : { ...state, fix };
}

function withPaths(state: TrackState, paths: readonly RoutePath[]): TrackState {
  const path = paths[paths.length - 1];
  if (!path || !state.fix || path.version < (state.path?.version ?? 0)) return state;
  return { ...state, path: path.polyline6 ? path : null };
}

/** The newer of two places. */
function latest(known: FixView | null, fix: FixView | null): FixView | null {
  return fix && isNewer(fix, known) ? fix : known;
}
