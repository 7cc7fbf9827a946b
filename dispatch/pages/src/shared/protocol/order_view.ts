/** An order as watchers see it, whole: the mirror of `courier_protocol/order_view.py`. */

export type OrderStatus =
  | "created"
  | "held"
  | "dispatchable"
  | "at_depot"
  | "with_carrier"
  | "offered"
  | "assigned"
  | "en_route_pickup"
  | "at_pickup"
  | "picked_up"
  | "en_route_dropoff"
  | "at_dropoff"
  | "delivered"
  | "pickup_failed"
  | "attempt_failed"
  | "retry"
  | "rescheduled"
  | "returning"
  | "returned"
  | "at_point"
  | "collected"
  | "canceled";

export type ProofKind = "photo" | "signature" | "pin" | "barcode" | "age";

export interface TimelineEntry {
  status: OrderStatus;
  at_ms: number;
}

/** How a delivery was proven; a picture is at `/v1/uploads/{upload_id}` once it has come in. */
export interface ProofView {
  kind: ProofKind;
  at_ms: number;
  upload_id?: string;
}

/** How heavy and how big: of an order, or what a courier can carry. */
export interface LoadView {
  weight_g?: number;
  volume_ml?: number;
  items?: number;
}

/**
 * What a customer can change of their own order; by `wait` they take a delay as it is, by `pickup` they fetch it at its
 * depot, by `bring` a courier brings it after all.
 */
export type WishKind = "note" | "door" | "address" | "window" | "cancel" | "wait" | "pickup" | "bring";

/** What a customer changed, and what an address or a promise was before. */
export interface WishView {
  /** A newer server may know more kinds. */
  kind: WishKind | (string & {});
  at_ms: number;
  was?: string;
  was_at_ms?: number;
  /** The member of staff who changed it for the customer. */
  by?: string;
  reason?: string;
}

export interface OrderView {
  id: string;
  status: OrderStatus;
  lat: number;
  lon: number;
  address: string;
  depot_id: string;
  created_at_ms: number;
  promise_at_ms: number;
  eta_at_ms?: number;
  eta_late_at_ms?: number;
  ready_at_ms?: number;
  courier_id?: string;
  reason?: string;
  ref?: string;
  timeline?: readonly TimelineEntry[];
  requires?: readonly ProofKind[];
  proofs?: readonly ProofView[];
  /** A `return` goes from the customer to the depot. */
  direction?: "delivery" | "return";
  /** The courier to whom the goods on board are to be handed over. */
  handover_to?: string;
  /** What a dispatcher keeps of it against the planner: none, courier, sequence, position or full. */
  lock?: string;
  priority?: number;
  /** Couriers who are not asked for it. */
  excluded?: readonly string[];
  eta_cause?: string;
  eta_before_at_ms?: number;
  eta_changed_at_ms?: number;
  cut_off?: string;
  /** From when on it is wanted; 0: as soon as possible. */
  earliest_at_ms?: number;
  /** What the customer asks the courier for. */
  note?: string;
  leave_at_door?: boolean;
  /** What the customer can still change. */
  may?: readonly (WishKind | (string & {}))[];
  wishes?: readonly WishView[];
  wish_version?: number;
  waits_until_ms?: number;
  preparation?: readonly PreparationView[];
  rating?: RatingView;
  skills?: readonly string[];
  fragile?: boolean;
  /** What the customer pays for: 0 normal to 3. */
  tier?: number;
  load?: LoadView | null;
  /** How it stands at the pickup point where its customer fetches it. */
  collection?: CollectionView | null;
  /** Who brings it; what is left out is a delivery. */
  mode?: Mode;
  shipment?: ShipmentView | null;
  /** Until when its depot keeps it for its customer; 0 or left out: it does not lie there for them. */
  collect_by_ms?: number;
  /** "" | "unpaid" | "waived" | "cash" | "paid"; a newer server may know others. */
  payment?: string;
  /** What the courier takes at the door, in the smallest unit of `currency`. */
  cash_minor?: number;
  currency?: string;
  /** What whoever placed it calls the delivery of which it is one drop. */
  drop_of?: string;
}

export type Mode = "delivery" | "leader_pickup" | "self_pickup" | "carrier";

/** What a carrier has under a number of its own, and what it said last; its words are for staff. */
export interface ShipmentView {
  carrier: string;
  tracking_number: string;
  tracking_url?: string;
  /** "taken" when left out; a newer server may know more. */
  state?: "taken" | "in_transit" | "delivered" | "failed" | "returned" | (string & {});
  at_ms?: number;
  note?: string;
}

export interface CollectionView {
  state: "expected" | "at_point" | "collected" | "uncollected" | "returned";
  point_id: string;
  at_ms?: number;
  until_ms?: number;
  /** What the customer shows; only they are told. */
  code?: string;
}

/** A step of the shop or the depot before a courier has the goods. */
export interface PreparationView {
  step: "paid" | "picking" | "packed";
  at_ms: number;
}

/** What the customer says of the delivery; `reasons` are codes (see `shared/rating.ts`). */
export interface RatingView {
  stars: number;
  reasons?: readonly string[];
  text?: string;
  at_ms?: number;
}
