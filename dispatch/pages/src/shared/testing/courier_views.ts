import type { CourierFact, Offered, OrderCard, StopView } from "../protocol/courier_messages";

/** What a courier's phone is told, for tests: plausible, and whatever is asked for. */
export function aStop(given: Partial<StopView> = {}): StopView {
  const { kind = "pickup", order_ids = ["o1"] } = given;
  const stop_id = `${kind.slice(0, 2)}-${order_ids.join("-")}`;
  return { stop_id, kind, order_ids, lat: 60.17, lon: 24.94, name: "Corner Shop", address: "Street 1", ...given };
}

export function aCard(given: Partial<OrderCard> = {}): OrderCard {
  return { order_id: "o1", status: "assigned", ref: "A-1", ...given };
}

export function anOffer(given: Partial<Offered> = {}): Offered {
  return { kind: "offered", offer_id: "f1", order_ids: ["o1"], expires_at_ms: 30_000, ...given };
}

/** A whole route: a pickup of all of these orders, and a drop-off of each. */
export function aRoute(order_ids: readonly string[] = ["o1"], cards = order_ids): CourierFact {
  const dropoffs = order_ids.map((id) => aStop({ kind: "dropoff", order_ids: [id] }));
  const stops = [aStop({ order_ids }), ...dropoffs];
  return {
    kind: "route",
    version: 1,
    stops,
    cards: cards.map((order_id) => aCard({ order_id, ref: `R-${order_id}` })),
  };
}
