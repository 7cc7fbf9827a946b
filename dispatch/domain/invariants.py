"""What must hold in every zone at every moment; run by tests, by the simulation and by the running server."""

from collections import Counter

from dispatch.domain.offer import Offer, OfferStatus
from dispatch.domain.order import BEFORE_PICKUP, ON_BOARD, STRANDED, TO_DELIVER, Order, OrderStatus
from dispatch.domain.route import StopEnd, StopKind
from dispatch.domain.zone import ZoneState


def violations(state: ZoneState) -> list[str]:
    """Every breach found, one sentence each; an empty list when all is well."""
    return [*_assignments(state), *_routes(state), *_meetings(state), *_offers(state)]


def _assignments(state: ZoneState) -> list[str]:
    """I1: an order under way has one courier and stands on that courier's route only; nobody has one that several are
    being asked for.
    """
    on_route = Counter(order_id for route in state.routes.values() for order_id in route.order_ids())
    found = [f"I1: order {order_id} is on {times} routes" for order_id, times in on_route.items() if times > 1]
    for order in state.orders.values():
        if order.status is OrderStatus.OFFERED and not order.courier_id:
            if order.id in on_route:
                found.append(f"I1: order {order.id} is offered to several couriers and yet on a route")
        elif order.status in BEFORE_PICKUP:
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


def _meetings(state: ZoneState) -> list[str]:
    """Where couriers meet, one gives what the other takes; whoever has spoken has no such stop any more."""
    found = []
    for route in state.routes.values():
        for stop in route.stops:
            for order_id in stop.order_ids if stop.end is StopEnd.MEETING else ():
                order = state.orders[order_id]
                meeting = order.handover
                side = (meeting.to_courier_id if stop.takes_over else order.courier_id) if meeting else ""
                spoken = meeting and (meeting.received_at_ms if stop.takes_over else meeting.given_at_ms)
                if side != route.courier_id or spoken:
                    found.append(f"I5: courier {route.courier_id} meets nobody for order {order_id}")
    handed = {order.id for order in state.orders.values() if order.handover}
    if handed != state.handovers.keys() or any(state.orders[o].status not in ON_BOARD for o in handed):
        found.append("I5: an order without goods on board is to change courier")
    if {order.id for order in state.orders.values() if order.status in STRANDED} != state.stranded.keys():
        found.append("I5: the zone does not know which goods have no door any more")
    return found


def _offers(state: ZoneState) -> list[str]:
    """An open offer and its orders point at each other; an offered order has an open offer, and several only when each
    of them is a rival of the others.
    """
    found, open_offers = [], {o.id: o for o in state.offers.values() if o.status is OfferStatus.OPEN}
    if open_offers.keys() != state.open_offers.keys():
        found.append("I1: the zone does not know which offers are open")
    for offer in open_offers.values():
        for order_id in offer.order_ids:
            order = state.orders.get(order_id)
            if order is None or order.status is not OrderStatus.OFFERED or not _names(order, offer):
                found.append(f"I1: offer {offer.id} is open, but order {order_id} is not offered by it")
    for order in state.orders.values():
        named = open_offers.get(order.offer_id)
        if order.status is OrderStatus.OFFERED and (named is None or order.id not in named.order_ids):
            found.append(f"I1: order {order.id} is offered, but by no open offer")
        elif order.status is OrderStatus.OFFERED and named and named.is_shared == bool(order.courier_id):
            found.append(f"I1: order {order.id} is offered to several couriers, yet one of them has it")
    return found


def _names(order: Order, offer: Offer) -> bool:
    """Whether the order names the offer, or one of its rivals."""
    return order.offer_id == offer.id or order.offer_id in offer.rivals
