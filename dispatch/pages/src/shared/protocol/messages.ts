/**
 * Every message of `/v1/live` as it stands on the wire: the mirror of `courier_protocol/live.py`.
 *
 * The server leaves out fields that hold their default: those are optional here.
 * Times are epoch milliseconds of business time, places degrees WGS-84, headings degrees from north.
 */

import type { LoadView, OrderView } from "./order_view";

export type {
  CollectionView,
  LoadView,
  Mode,
  OrderStatus,
  OrderView,
  PreparationView,
  ProofKind,
  ProofView,
  RatingView,
  ShipmentView,
  TimelineEntry,
  WishKind,
  WishView,
} from "./order_view";

export type Profile = "foot" | "bike" | "ebike" | "motorbike" | "car" | "van";
export type Duty = "available" | "on_break" | "ending" | "off_duty";
export type Link = "live" | "stale" | "lost" | "offline";
/** Who writes about an order, and who is written to. */
export type Party = "courier" | "customer" | "dispatcher";
export type StopState = "planned" | "en_route" | "arrived" | "done" | "failed" | "skipped";

export interface StreamPosition {
  epoch: number;
  seq: number;
}

/** A message about an order. A shopper sees what they wrote and what was written to them. */
export interface MessageView {
  id: string;
  order_id: string;
  sender: Party;
  to: Party;
  text: string;
  at_ms: number;
}

/** What does not agree, or what a customer wants; the kinds are those of `dispatch/domain/case.py`. */
export type CaseKind =
  | "pickup_after_reassign"
  | "pickup_after_cancel"
  | "two_pickups"
  | "delivered_after_reassign"
  | "delivered_after_cancel"
  | "delivered_after_return"
  | "delivered_by_other"
  | "delivered_twice"
  | "failed_after_delivery"
  | "returned_unasked"
  | "returned_after_delivery"
  | "return_failed"
  | "handover_failed"
  | "handover_unconfirmed"
  | "handed_over_unasked"
  | "proof_missing"
  | "wrong_pin"
  | "wrong_barcode"
  | "missing_at_point"
  | "carrier_failed"
  | "complaint"
  | "question"
  | "compensation"
  | "low_rating";

/**
 * Something to look at; `happened_at_ms` is the courier's time, `at_ms` the server's. `due_at_ms` is until when the
 * customer is to be answered (0: nobody waits), `escalated_at_ms` when that has passed.
 */
export interface CaseView {
  id: string;
  /** A newer server may know more kinds. */
  kind: CaseKind | (string & {});
  order_id: string;
  at_ms: number;
  happened_at_ms?: number;
  courier_id?: string;
  other_courier_id?: string;
  status?: "open" | "solved" | "resolved";
  resolution?: string;
  resolved_by?: string;
  text?: string;
  opened_by?: string;
  assignee?: string;
  due_at_ms?: number;
  escalated_at_ms?: number;
  solution?: string;
  solved_at_ms?: number;
  solved_by?: string;
  wanted_minor?: number;
  compensation_minor?: number;
  follow_up_at_ms?: number;
  follow_up_note?: string;
  follows_up?: boolean;
  reopened?: number;
  cause?: string;
}

export interface StopView {
  stop_id: string;
  kind: "pickup" | "dropoff";
  order_ids: readonly string[];
  lat: number;
  lon: number;
  name: string;
  address?: string;
  note?: string;
  eta_at_ms?: number;
  earliest_at_ms?: number;
  latest_at_ms?: number;
  service_s?: number;
  state?: StopState;
  /** Whose place it is; without it a drop-off is at a door and a pickup at a depot. */
  end?: "" | "door" | "depot" | "meeting";
}

export type Account = "invited" | "training" | "active" | "suspended";

/** A rest that is planned within a shift. */
export interface BreakView {
  from_ms: number;
  until_ms: number;
}

/** What a zone wants to reach; see `courier_protocol/live.py`. */
export interface GoalsView {
  version: number;
  on_time_pct: number;
  at_risk_pct: number;
  late_pct: number;
  door_min: number;
  orders_per_courier_hour: number;
  waiting_orders: number;
  waiting_s: number;
}

export interface CourierView {
  id: string;
  name: string;
  profile: Profile;
  duty: Duty;
  link?: Link;
  route_version?: number;
  stops?: readonly StopView[];
  route_reason?: string;
  route_engines?: readonly string[];
  /** Seconds of riding that the plan saved, after the price of what it disturbed. */
  route_gain_s?: number;
  account?: Account;
  capacity?: LoadView | null;
  breaks?: readonly BreakView[];
  shift_end_at_ms?: number;
  shift_from_ms?: number;
  duty_since_ms?: number;
  /** When anything last came from the phone, as far as this view knows. */
  heard_at_ms?: number;
  /** A share of a full battery, in steps of 5%. */
  battery?: number | null;
}

export interface DepotView {
  id: string;
  name: string;
  lat: number;
  lon: number;
  address?: string;
}

export interface FixView {
  courier_id: string;
  gen: number;
  seq: number;
  at_ms: number;
  lat: number;
  lon: number;
  heading_deg?: number | null;
  speed_mps?: number | null;
}

export interface RoutePath {
  courier_id: string;
  version: number;
  polyline6: string;
}

export interface WatchWelcome {
  t: "welcome";
  business_now_ms: number;
  server_mono_ms: number;
  rate: number;
  epoch: number;
  seq: number;
  heartbeat_s: number;
  resumed?: boolean;
  city?: string;
}

export interface ZoneSnapshot extends StreamPosition {
  t: "zone_snapshot";
  zone: string;
  orders: readonly OrderView[];
  couriers: readonly CourierView[];
  depots: readonly DepotView[];
  fixes?: readonly FixView[];
  paths?: readonly RoutePath[];
  plan_version?: number;
  cases?: readonly CaseView[];
  messages?: readonly MessageView[];
  goals?: GoalsView | null;
}

export interface TrackSnapshot extends StreamPosition {
  t: "track_snapshot";
  order: OrderView;
  depot?: DepotView | null;
  courier_name?: string;
  courier_profile?: Profile | "";
  stops_before?: number;
  fix?: FixView | null;
  path?: RoutePath | null;
  messages?: readonly MessageView[];
  /** What the courier will ask for at the door, where the order wants that. */
  pin?: string;
}

export interface ZoneChange extends StreamPosition {
  t: "zone_change";
  prev: number;
  at_ms: number;
  event: string;
  orders?: readonly OrderView[];
  couriers?: readonly CourierView[];
  depots?: readonly DepotView[];
  paths?: readonly RoutePath[];
  plan_version?: number;
  cases?: readonly CaseView[];
  messages?: readonly MessageView[];
  goals?: GoalsView | null;
}

/** The shopper's order as it now stands; `messages` are all of it, or left out. */
export interface TrackChange extends StreamPosition {
  t: "track_change";
  prev: number;
  at_ms: number;
  event: string;
  order: OrderView;
  courier_name?: string;
  courier_profile?: Profile | "";
  stops_before?: number;
  fix?: FixView | null;
  path?: RoutePath | null;
  courier_visible?: boolean;
  messages?: readonly MessageView[];
  pin?: string;
  /** Where its goods lie; left out while that is the same. */
  depot?: DepotView | null;
}

export interface Fixes {
  t: "fixes";
  fixes: readonly FixView[];
}

/** So many couriers around a place; `idle` of them are on duty and have nothing to do. */
export interface Cluster {
  lat: number;
  lon: number;
  couriers: number;
  idle?: number;
}

/** The couriers in the view, too many for dots: instead of these and of earlier clusters, until the next `fixes`. */
export interface Clusters {
  t: "clusters";
  clusters: readonly Cluster[];
}

/** Freshly drawn routes; an empty line clears one. */
export interface Paths {
  t: "paths";
  paths: readonly RoutePath[];
}

export interface LinkChanged {
  t: "link";
  courier_id: string;
  link: Link;
  heard_at_ms?: number;
  battery?: number | null;
}

/** What somebody at a desk has open; `who` is the subject of their token, `tab` one of their windows. */
export interface Attendee {
  tab: string;
  who: string;
  kind?: string;
  id?: string;
  /** Whether a dialog that changes it is open. */
  changing?: boolean;
}

/** Everybody who attends; it replaces what was told before. */
export interface Attending {
  t: "attending";
  people: readonly Attendee[];
}

export interface Pong {
  t: "pong";
  n: number;
  business_now_ms: number;
  server_mono_ms: number;
}

export interface ErrorMessage {
  t: "error";
  code: string;
  detail: string;
  id?: string;
}

/** What changes a page's state, in the order in which it was sent. */
export type DataMessage =
  | ZoneSnapshot
  | TrackSnapshot
  | ZoneChange
  | TrackChange
  | Fixes
  | Clusters
  | Paths
  | LinkChanged
  | Attending;
export type LiveMessage = DataMessage | WatchWelcome | Pong | ErrorMessage;

/**
 * The part of the map on a screen: a box in degrees, which never crosses the antimeridian, and a zoom level at which
 * the world is 256 px wide at 0 and each level doubles that (0 to 24; MapLibre's levels are one less).
 */
export interface View {
  south: number;
  west: number;
  north: number;
  east: number;
  zoom: number;
}

/** Staff look at this from now on; without a view at everything. */
export interface Look {
  t: "look";
  view?: View;
}

/** Staff have this open from now on; without an id, nothing. */
export interface Attend extends Omit<Attendee, "who"> {
  t: "attend";
}

/** Who watches: a shopper with a tracking token, or staff with a signed token and a zone. */
export type Credentials = { track: string } | { token: string; zone: string };

export const SUBPROTOCOL = "live.v1.json";
