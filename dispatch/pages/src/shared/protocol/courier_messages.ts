import type { Duty, ErrorMessage, OrderStatus, Party, Pong, ProofKind, StopView, StreamPosition } from "./messages";

export type { Duty, ErrorMessage, Party, Pong, ProofKind, StopView, StreamPosition } from "./messages";

/**
 * Every message of `/v1/courier` as it stands on the wire: the mirror of `courier_protocol/messages.py`.
 *
 * Fields that hold their default are left out, and so are optional here. `*_at_ms` are epoch milliseconds of the
 * server's business time, `device_ms` the phone's wall clock, places degrees WGS-84.
 */
export const PROTOCOL_VERSION = 1;
export const COURIER_SUBPROTOCOL = "courier.v1.json";
/** The largest frame that a courier may send, in bytes of UTF-8. */
export const MAX_FRAME_BYTES = 65_536;
/** The largest frame that the server may send. */
export const MAX_SERVER_FRAME_BYTES = 8 * 1_048_576;
export const MAX_MESSAGES_PER_FRAME = 64;
export const MAX_FIXES_PER_BATCH = 100;
/** So many pushes may be on their way without an ack. */
export const MAX_UNACKED_PUSHES = 32;
/** So many actions may wait for their reply at once; the phone holds the others back. */
export const MAX_OPEN_ACTIONS = 32;
/** How long a completed or failed stop can be taken back, real seconds. */
export const UNDO_WITHIN_S = 30;

// --- what a courier's phone says --------------------------------------------------------------------------------

/** The first message of a link. `resume` asks for what was missed. */
export interface Hello {
  t: "hello";
  token: string;
  device_id: string;
  v?: number;
  device_ms?: number;
  resume?: StreamPosition | null;
  features?: readonly string[];
  app?: string;
}

/** One position of the device: accuracy in metres, speed in m/s, heading in degrees, battery in [0, 1]. */
export interface Fix {
  at_ms: number;
  lat: number;
  lon: number;
  acc_m?: number | null;
  speed_mps?: number | null;
  heading_deg?: number | null;
  battery?: number | null;
  mock?: boolean;
}

/** A batch of fixes; `seq` numbers the first, the others follow without a hole. */
export interface Positions {
  t: "pos";
  seq: number;
  fixes: readonly Fix[];
}

export interface Accept {
  t: "accept";
  id: string;
  offer_id: string;
  at_ms: number;
}

export interface Decline {
  t: "decline";
  id: string;
  offer_id: string;
  at_ms: number;
  reason?: string;
}

export type StopAction = "departed" | "arrived" | "completed" | "failed";
export type StopKind = "pickup" | "dropoff";

/** What shows that an order was handed over: a `value` (pin, barcode), or the upload that follows (photo, signature). */
export interface Proof {
  kind: ProofKind;
  order_id: string;
  value?: string;
  upload_id?: string;
}

/** What happened at a stop. `order_ids` are those that it is about (none: all of the stop's), `kind` what was done. */
export interface Progress {
  t: "progress";
  id: string;
  stop_id: string;
  action: StopAction;
  at_ms: number;
  reason?: string;
  lat?: number | null;
  lon?: number | null;
  order_ids?: readonly string[];
  kind?: StopKind | "";
  proofs?: readonly Proof[];
}

/** A stop was completed or failed by mistake, at most `UNDO_WITHIN_S` ago. */
export interface Undo {
  t: "undo";
  id: string;
  stop_id: string;
  at_ms: number;
}

/** A message about an order, to its customer or to the dispatchers: 1 to 500 characters. */
export interface Say {
  t: "say";
  id: string;
  order_id: string;
  to: "customer" | "dispatcher";
  text: string;
  at_ms: number;
}

export interface SetDuty {
  t: "duty";
  id: string;
  duty: Duty;
  at_ms: number;
}

/** Every push up to and including `seq` has been handled. */
export interface Ack {
  t: "ack";
  seq: number;
}

/** Heartbeat, with the last fix: it repeats no number. */
export interface Ping {
  t: "ping";
  n: number;
  device_ms?: number;
  fix?: Fix | null;
}

/** A newer token for the running session. */
export interface Refresh {
  t: "refresh";
  id: string;
  token: string;
}

export interface Bye {
  t: "bye";
}

export type CourierAction = Accept | Decline | Progress | SetDuty | Undo | Say;
export type CourierMessage = Hello | Positions | CourierAction | Ack | Ping | Refresh | Bye;

// --- what the server says ---------------------------------------------------------------------------------------

/** The answer to hello. If not `resumed`, a resync follows. */
export interface Welcome {
  t: "welcome";
  session: string;
  generation: number;
  business_now_ms: number;
  server_mono_ms: number;
  rate: number;
  epoch: number;
  seq: number;
  heartbeat_s: number;
  resumed?: boolean;
  v?: number;
  city?: string;
}

/** One thing in an order, as the courier ticks it off. */
export interface LineView {
  name: string;
  quantity?: number;
  code?: string;
}

/** What the courier who has an order must know of it; `requires` is what a delivery must be proven with. */
export interface OrderCard {
  order_id: string;
  /** One of `OrderStatus`; a newer server may know others. */
  status: OrderStatus | (string & {});
  ref?: string;
  name?: string;
  phone?: string;
  note?: string;
  address?: string;
  lines?: readonly LineView[];
  items?: number;
  weight_g?: number;
  requires?: readonly ProofKind[];
  /** Nobody has to be there. */
  leave_at_door?: boolean;
  /** The customer is called by way of the server, and the number is nobody's business. */
  calls?: boolean;
  /** What is taken at the door, in the smallest unit of `currency`. */
  cash_minor?: number;
  currency?: string;
}

/** Orders are offered; silence until `expires_at_ms` counts as a lapse. `earnings_minor` is pay in `currency` / 100. */
export interface Offered {
  kind: "offered";
  offer_id: string;
  order_ids: readonly string[];
  expires_at_ms: number;
  stops?: readonly StopView[];
  distance_m?: number;
  earnings_minor?: number;
  currency?: string;
}

export interface OfferClosed {
  kind: "offer_closed";
  offer_id: string;
  outcome: "accepted" | "declined" | "lapsed" | "revoked";
  reason?: string;
}

/** The whole route as it now stands, finished stops left out; `cards` are all orders that the courier has. */
export interface RouteChanged {
  kind: "route";
  version: number;
  stops: readonly StopView[];
  reason?: string;
  cards?: readonly OrderCard[];
}

/** One order as it now stands; one whose status is an end leaves the phone. */
export interface CardChanged {
  kind: "card";
  card: OrderCard;
}

/** Something that the courier must know, named by a stable code. */
export interface Notice {
  kind: "notice";
  code: string;
  order_ids?: readonly string[];
  /** What people call the place that it is about. */
  place?: string;
}

/** A message about one of the courier's orders; their own come back, too. */
export interface Said {
  kind: "said";
  message_id: string;
  order_id: string;
  sender: Party;
  to: Party;
  text: string;
  at_ms: number;
}

export interface DutyChanged {
  kind: "duty_changed";
  duty: Duty;
  reason?: string;
}

export type CourierFact = Offered | OfferClosed | RouteChanged | CardChanged | Notice | Said | DutyChanged;

/** Facts of one event of the zone's stream. Applies only after everything up to `prev`. */
export interface Push {
  t: "push";
  epoch: number;
  prev: number;
  seq: number;
  at_ms: number;
  facts: readonly CourierFact[];
}

/** Forget what you hold and start from this snapshot. */
export interface Resync {
  t: "resync";
  epoch: number;
  seq: number;
  duty: Duty;
  route: RouteChanged;
  offers?: readonly Offered[];
  said?: readonly Said[];
}

/** The committed outcome of the action `id`; `code` and `detail` say why not, when not ok. */
export interface Reply {
  t: "reply";
  id: string;
  ok: boolean;
  code?: string;
  detail?: string;
}

/** Fixes of this session up to and including `seq` have been taken. */
export interface PositionsAck {
  t: "pos_ack";
  seq: number;
}

/** How often fixes are wanted, business seconds, and why; whoever moved less than `min_move_m` need not send one. */
export interface Policy {
  t: "policy";
  fix_interval_s: number;
  min_move_m?: number;
  reason?: string;
}

export type ServerMessage = Welcome | Push | Resync | Reply | PositionsAck | Pong | Policy | ErrorMessage;
