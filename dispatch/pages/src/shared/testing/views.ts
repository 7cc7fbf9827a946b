import type { CaseView, CourierView, FixView, MessageView, OrderView, ZoneSnapshot } from "../protocol/messages";

/** Views for tests: plausible, and whatever is asked for. */
export function anOrder(given: Partial<OrderView> = {}): OrderView {
  return {
    id: "order-1",
    status: "dispatchable",
    lat: 60.17,
    lon: 24.94,
    address: "Aleksanterinkatu 19",
    depot_id: "depot-1",
    created_at_ms: 0,
    promise_at_ms: 3_600_000,
    ...given,
  };
}

export function aCourier(given: Partial<CourierView> = {}): CourierView {
  return { id: "courier-1", name: "Aino", profile: "ebike", duty: "available", link: "live", ...given };
}

export function aFix(given: Partial<FixView> = {}): FixView {
  return { courier_id: "courier-1", gen: 1, seq: 1, at_ms: 0, lat: 60.17, lon: 24.94, ...given };
}

export function aMessage(given: Partial<MessageView> = {}): MessageView {
  return {
    id: "message-1",
    order_id: "order-1",
    sender: "customer",
    to: "dispatcher",
    text: "Where is it?",
    at_ms: 0,
    ...given,
  };
}

export function aCase(given: Partial<CaseView> = {}): CaseView {
  return {
    id: "case-1",
    kind: "delivered_after_reassign",
    order_id: "order-1",
    at_ms: 0,
    courier_id: "courier-1",
    other_courier_id: "courier-2",
    ...given,
  };
}

export function aSnapshot(given: Partial<ZoneSnapshot> = {}): ZoneSnapshot {
  return {
    t: "zone_snapshot",
    epoch: 1,
    seq: 10,
    zone: "default",
    orders: [],
    couriers: [],
    depots: [],
    ...given,
  };
}
