"""Offers to several couriers at once: the first to accept has the orders, the others are told that they are gone.

The theory. Until somebody accepts, the orders are `offered` and belong to nobody: no courier, no place on a route, no
assignment in the books (I1). The order names one of its open offers, and each offer names its rivals. So whatever ends
an offer, a no, silence, a courier who goes home, ends that offer alone; the order waits on with the next open rival and
is free again when there is none. What ends the order, a cancel or a dispatcher's choice, ends all of them.

Who is heard first has the orders. A rival whose yes comes later, even when it was given earlier, is told so: what the
first one was told is not taken back.
"""

from collections.abc import Iterator
from dataclasses import replace

from dispatch.domain import events as e
from dispatch.domain.depot_choice import choose_depots
from dispatch.domain.offer import Offer, OfferStatus
from dispatch.domain.order import Order, OrderStatus
from dispatch.domain.route import PlannedRoute, PlannedStop, Route, StopKind
from dispatch.domain.set_routes import set_route
from dispatch.domain.stops import append_stops
from dispatch.domain.zone import Draft

TAKEN = "taken"
"""Why an offer ended whose orders somebody else has; what the courier's app makes its words of."""


def open_rivals(draft: Draft, offer: Offer) -> list[Offer]:
    """The other couriers' offers of the same orders that can still be answered."""
    known = (draft.offer(each) for each in offer.rivals if each in draft.base.offers)
    return [rival for rival in known if rival.status is OfferStatus.OPEN]


def open_offer_to(draft: Draft, order: Order, courier_id: str) -> Offer | None:
    """The open offer by which this courier is being asked for an offered order."""
    named = draft.base.offers.get(order.offer_id) if order.status is OrderStatus.OFFERED else None
    asked = [named, *open_rivals(draft, named)] if named else []
    return next((o for o in asked if o.courier_id == courier_id and o.status is OfferStatus.OPEN), None)


def win(draft: Draft, offer: Offer) -> None:
    """The courier of a shared offer was first: the orders are theirs, on the route as planned if it still fits."""
    for rival in open_rivals(draft, offer):
        draft.emit(e.OfferClosed(replace(rival, status=OfferStatus.TAKEN), TAKEN))
    for order_id in offer.order_ids:
        order = draft.order(order_id)
        assigned = order.moved(OrderStatus.ASSIGNED, draft.happened_at_ms(order))
        draft.change_order(replace(assigned, courier_id=offer.courier_id, offer_id=offer.id))
    stops = fitted(draft.route(offer.courier_id), offer)
    if stops is None:
        orders = [draft.order(order_id) for order_id in offer.order_ids]
        wanted = [(kind, order) for kind in (StopKind.PICKUP, StopKind.DROPOFF) for order in orders]
        append_stops(draft, offer.courier_id, wanted, "offer accepted")
        return
    planned = PlannedRoute(offer.courier_id, stops)
    choose_depots(draft, planned)
    set_route(draft, planned, "offer accepted")


def pass_on(draft: Draft, offer: Offer, heir: Offer, outcome: OfferStatus) -> None:
    """A shared offer has ended and a rival is still being asked: the orders wait on with that one."""
    for order_id in offer.order_ids:
        order = draft.order(order_id)
        declined = (*order.declined_by, offer.courier_id) if outcome is OfferStatus.DECLINED else order.declined_by
        draft.change_order(replace(order, offer_id=heir.id, declined_by=declined), outcome.value)


def fitted(route: Route, offer: Offer) -> tuple[PlannedStop, ...] | None:
    """The plan of a shared offer without what has been done or has left the route since.

    None when the route has changed in any other way, or when the plan would touch a stop that is started by now.
    """
    held = [(stop.kind, order_id) for stop in route.stops for order_id in stop.order_ids]
    plan = tuple(_thinned(offer, {*held}))
    kept = [(stop.kind, o) for stop in plan for o in stop.order_ids if o not in offer.order_ids]
    started = [(stop.kind, stop.order_ids) for stop in route.stops if stop.started]
    in_front = [(stop.kind, stop.order_ids) for stop in plan[: len(started)]]
    return plan if kept == held and in_front == started else None


def _thinned(offer: Offer, held: set[tuple[StopKind, str]]) -> Iterator[PlannedStop]:
    for stop in offer.plan:
        left = tuple(o for o in stop.order_ids if o in offer.order_ids or (stop.kind, o) in held)
        if left:
            yield replace(stop, order_ids=left)
