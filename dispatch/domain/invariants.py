"""What must hold in every zone at every moment; run by tests, by the simulation and by the running server."""

from collections import Counter

from dispatch.domain.offer import OfferStatus
from dispatch.domain.order import BEFORE_PICKUP, TO_DELIVER, OrderStatus
from dispatch.domain.route import StopKind
from dispatch.domain.zone import ZoneState


def violations(state: ZoneState) -> list[str]:
    """Every breach found, one sentence each; an empty list when all is well."""
    return [*_assignments(state), *_routes(state), *_offers(state)]


def _assignments(state: ZoneState) -> list[str]:
    """I1: an order under way has one courier and stands on that courier's route only."""
    on_route = Counter(order_id for route in state.routes.values() for order_id in route.order_ids())
    found = [f"I1: order {order_id} is on {times} routes" for order_id, times in on_route.items() if times > 1]
    for order in state.orders.values():
        if order.status in BEFORE_PICKUP:
            if order.id not in state.route(order.courier_id).order_ids():
                found.append(f"I1: order {order.id} is {order.status} but not on the route of {order.courier_id}")
        elif order.status is OrderStatus.DISPATCHABLE and (order.courier_id or order.id in on_route):
            found.append(f"I1: order {order.id} waits, yet it is on a route or has a courier")
    return found


def _routes(state: ZoneState) -> list[str]:
    """I5: started stops come first, at most one of them; pickups precede drop-offs; goods on board are only dropped."""
    found = []
    for route in state.routes.values():
        started = [stop.started for stop in route.stops]
        if any(started[1:]):
            found.append(f"I5: courier {route.courier_id} has started stops behind others")
        picked: set[str] = set()
        for stop in route.stops:
            for order_id in stop.order_ids:
                order = state.orders.get(order_id)
                if order is None:
                    found.append(f"I5: courier {route.courier_id} has a stop for the unknown order {order_id}")
                elif stop.kind is StopKind.PICKUP:
                    picked.add(order_id)
                elif order_id not in picked and order.status not in TO_DELIVER:
                    found.append(f"I5: order {order_id} would be dropped off before its pickup")
    return found


def _offers(state: ZoneState) -> list[str]:
    """An open offer and its orders point at each other."""
    return [
        f"I1: offer {offer.id} is open, but order {order_id} is not offered by it"
        for offer in state.offers.values()
        if offer.status is OfferStatus.OPEN
        for order_id in offer.order_ids
        if (order := state.orders.get(order_id)) is None or order.offer_id != offer.id
    ]
