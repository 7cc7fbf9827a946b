"""What an order would cost and when it would come, if it was placed now. Nothing is kept of it."""

import asyncio
from dataclasses import dataclass

from dispatch.application.customer_wishes import APPROACH_MS
from dispatch.application.orders import HELD_FOR_ADDRESS
from dispatch.application.ports import TravelTimes
from dispatch.domain.allotment import missing_at, needs
from dispatch.domain.apply import apply
from dispatch.domain.commands import CreateOrder
from dispatch.domain.events import OrderCreated
from dispatch.domain.fees import Fee, fee_of, no_fee
from dispatch.domain.fulfilment import Mode
from dispatch.domain.order import HoldState, Order
from dispatch.domain.shelf import Shelf, shelf_id
from dispatch.domain.vehicle import Profile
from dispatch.domain.zone import ZoneState


@dataclass(frozen=True, slots=True)
class Quote:
    """The order as the zone would take it in now, and what is `missing` of which good at its depot.

    Without a way to a place that is known for sure there is no `fee`, no `distance_m` and no arrival (0). What its
    customer fetches costs nothing; what a carrier takes for its way, nobody knows here.
    """

    order: Order
    missing: dict[str, int]
    fee: Fee | None = None
    distance_m: int = 0
    eta_at_ms: int = 0
    eta_late_at_ms: int = 0


async def quote(
    command: CreateOrder, state: ZoneState, travel_times: TravelTimes, profile: Profile, now_ms: int
) -> Quote:
    """The answer to `command`, which is decided as the zone's writer would, and not kept. Raises its refusals."""
    order = next(event.order for event in apply(state, command, now_ms) if isinstance(event, OrderCreated))
    missing = _missing(order, state, now_ms)
    if order.mode is Mode.SELF_PICKUP:
        return Quote(order, missing, no_fee(state.fees))
    if order.reason == HELD_FOR_ADDRESS or order.mode is Mode.CARRIER:
        return Quote(order, missing)
    depot = state.depots[order.depot_id].place
    way = await asyncio.to_thread(travel_times.route, profile, depot, order.dropoff.place)
    leaves_ms = max(now_ms + APPROACH_MS, order.ready_at_ms) + order.service_pickup_s * 1000
    eta_ms = max(leaves_ms + round(way.duration_s * 1000), order.earliest_at_ms)
    fee = fee_of(state.fees, way.distance_m, order.load.weight_g, order.tier)
    return Quote(order, missing, fee, round(way.distance_m), eta_ms, state.spread.late_at_ms(now_ms, eta_ms))


def _missing(order: Order, state: ZoneState, now_ms: int) -> dict[str, int]:
    if order.stock is None or order.stock.state is HoldState.RESERVED:
        return {}

    def shelf(depot_id: str, sku: str) -> Shelf:
        return state.shelves.get(shelf_id(depot_id, sku)) or Shelf(depot_id, sku)

    return missing_at(needs(order), order.depot_id, shelf, now_ms)
