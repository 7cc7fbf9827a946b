import type {
  CourierAction,
  CourierFact,
  Duty,
  Offered,
  OrderCard,
  Reply,
  RouteChanged,
  Said,
  StopView,
} from "../shared/protocol/courier_messages";

/** What this phone did itself, until the server's facts show it: the views put it on top of the facts at once. */
export interface Mine {
  action: CourierAction;
  /** "made" in memory, "kept" on this phone's disk (one tick), "taken" by the server (two ticks). */
  state: "made" | "kept" | "taken";
}

/** A stop that was completed or failed here: for undo, and for the list of what is done. `wall_ms` is the phone's clock. */
export interface Past {
  action_id: string;
  action: "completed" | "failed";
  stop: StopView;
  order_ids: readonly string[];
  cards: readonly OrderCard[];
  at_ms: number;
  wall_ms: number;
  /** The id of the action that takes it back; empty while it stands. */
  undone_by: string;
}

/** Something that the courier is told once, in words; it stays until it is put away. */
export interface Told {
  id: string;
  kind: "notice" | "offer" | "refused";
  /** The server's stable code, or an offer's outcome. */
  code: string;
  /** What was refused: the type of the action, and for a progress what it was about. */
  about: string;
  /** The server's own sentence on a refusal; the place that a notice is about. */
  detail: string;
  /** What people call the orders concerned. */
  refs: readonly string[];
  at_ms: number;
}

/** The answer of `GET /v1/couriers/{id}/day`. */
export interface Day {
  deliveries: number;
  distance_m: number;
  earnings_minor: number;
  currency: string;
  orders: readonly { order_id: string; ref: string; address: string; at_ms: number }[];
}

/** Everything that the app shows and that is kept on the phone: the server's facts, and what was done here since. */
export interface View {
  /** Whether the server has ever told this phone anything. */
  known: boolean;
  duty: Duty;
  stops: readonly StopView[];
  cards: readonly OrderCard[];
  offers: readonly Offered[];
  said: readonly Said[];
  mine: readonly Mine[];
  past: readonly Past[];
  told: readonly Told[];
  /** Until when the messages of an order have been read, business time. */
  read: Readonly<Record<string, number>>;
  day: Day | null;
  /** Business time at which the facts were last known to be the newest. */
  fresh_at_ms: number;
}

export const EMPTY_VIEW: View = {
  known: false,
  duty: "off_duty",
  stops: [],
  cards: [],
  offers: [],
  said: [],
  mine: [],
  past: [],
  told: [],
  read: {},
  day: null,
  fresh_at_ms: 0,
};

/** The facts with the phone's own actions on top: what is on the screen. */
export interface Shown {
  duty: Duty;
  stops: readonly StopView[];
  cards: readonly OrderCard[];
  offers: readonly Offered[];
  said: readonly Said[];
}

export type ViewEvent =
  /** The start of the app: what was kept, and the actions without an answer so far. */
  | { kind: "restored"; view: View | null; actions: readonly CourierAction[] }
  | { kind: "push"; facts: readonly CourierFact[]; seq: number; at_ms: number }
  | {
      kind: "resync";
      duty: Duty;
      route: RouteChanged;
      offers: readonly Offered[];
      said: readonly Said[];
      at_ms: number;
    }
  /** The courier did something; `wall_ms` is the phone's own clock. */
  | { kind: "did"; action: CourierAction; wall_ms: number }
  | { kind: "kept"; id: string }
  | { kind: "settled"; action: CourierAction; reply: Reply; at_ms: number }
  /** An action was taken back before anybody else heard of it. */
  | { kind: "withdrawn"; id: string }
  /** Nobody answered an offer in time. */
  | { kind: "lapsed"; offer_id: string; at_ms: number }
  | { kind: "read"; order_id: string; at_ms: number }
  | { kind: "put_away"; id: string }
  | { kind: "fresh"; at_ms: number }
  | { kind: "day"; day: Day };
