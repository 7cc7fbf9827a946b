"""What a courier has done today."""

from itertools import pairwise

from dispatch.application.access import Action, Reach, reach
from dispatch.application.courier_facts import ROAD_FACTOR
from dispatch.application.hub import ZoneHub
from dispatch.domain.errors import NotFound
from dispatch.domain.geo import distance_m
from dispatch.domain.order import Order
from dispatch.web.bodies_desk import DayOrder, DayShown
from dispatch.web.call import Answer, Call

MOST_A_DAY = 500
DAY_MS = 24 * 3_600_000
LONGEST_LOOK_MS = 31 * DAY_MS


async def read_day(call: Call) -> Answer:
    """`GET /v1/couriers/{id}/day`: since `from_ms` of business time (left out: the last 24 hours)."""
    hub = _hub_of(call)
    courier_id, now_ms = call.path("id"), call.services.clock.now_ms()
    from_ms = max(call.query_int("from_ms", now_ms - DAY_MS, 2**53), now_ms - LONGEST_LOOK_MS)
    found = await call.services.store.delivered_by(hub.zone_id, courier_id, from_ms, MOST_A_DAY)
    orders = [order for order in found if isinstance(order, Order)]
    return Answer(
        DayShown(
            from_ms=from_ms,
            deliveries=len(orders),
            distance_m=round(await hub.track_distance_m(courier_id, from_ms)),
            earnings_minor=sum(_earned_minor(hub, order) for order in orders),
            currency=hub.pay.currency,
            orders=[_line(order) for order in orders],
        )
    )


def _hub_of(call: Call) -> ZoneHub:
    """The courier's zone; couriers see their own day only. Raises `NotFound`."""
    courier_id = call.path("id")
    own = reach(call.subject, Action.READ_DAY) is Reach.OWN
    for hub in call.services.hubs.values():
        if courier_id in hub.replica.state.couriers and (not own or courier_id == call.subject.id):
            return call.zone(hub.zone_id, owner_id=courier_id)
    raise NotFound("unknown_courier", f"There is no courier {courier_id}.")


def _earned_minor(hub: ZoneHub, order: Order) -> int:
    """The pay for one order on its own way from the depot, by the same rule as its offer's."""
    depot = hub.replica.state.depots.get(order.depot_id)
    places = [depot.place, order.dropoff.place] if depot else []
    return hub.pay.earnings_minor(1, ROAD_FACTOR * sum(distance_m(a, b) for a, b in pairwise(places)))


def _line(order: Order) -> DayOrder:
    return DayOrder(order_id=order.id, ref=order.ref, address=order.dropoff.address, at_ms=order.timeline[-1][1])
