"""What a courier's phone is told: pure projections of the zone's state and events onto the courier's messages.

A phone is told about its own offers, route and duty, and about nothing else. An offer is told together with the
route change of the same decision, because only then its stops have times; that is always the event to come: a plan
offers first and sets the route after, in one transaction.
"""

from collections.abc import Iterable
from itertools import pairwise
from typing import Literal

from courier_protocol import messages as m
from dispatch.application.ports import Recorded
from dispatch.domain import events as e
from dispatch.domain.geo import distance_m
from dispatch.domain.offer import Offer, OfferStatus
from dispatch.domain.route import Route, Stop
from dispatch.domain.zone import ZoneState

ROAD_FACTOR = 1.3
"""Streets are longer than the straight line: the mean of European cities (Boscoe, Henry, Zdeb 2012 give 1.2-1.4)."""

Outcome = Literal["accepted", "declined", "lapsed", "revoked"]
_OUTCOMES: dict[OfferStatus, Outcome] = {
    OfferStatus.ACCEPTED: "accepted",
    OfferStatus.DECLINED: "declined",
    OfferStatus.LAPSED: "lapsed",
    OfferStatus.REVOKED: "revoked",
}


def stop_view(stop: Stop) -> m.StopView:
    """A stop as couriers and staff see it."""
    return m.StopView(
        stop_id=stop.id,
        kind=stop.kind.value,
        order_ids=stop.order_ids,
        lat=stop.place.lat,
        lon=stop.place.lon,
        name=stop.name,
        address=stop.address,
        note=stop.note,
        eta_at_ms=stop.arrive_at_ms,
        earliest_at_ms=stop.earliest_at_ms,
        latest_at_ms=stop.latest_at_ms,
        service_s=stop.service_s,
        state=stop.state.value,
    )


def route_fact(route: Route, reason: str = "") -> m.RouteChanged:
    """The whole route ahead."""
    return m.RouteChanged(version=route.version, stops=tuple(map(stop_view, route.stops)), reason=reason)


def offer_fact(offer: Offer, route: Route) -> m.Offered:
    """An offer with the stops of its orders, as far as the route has them, and about how long the way is."""
    wanted = set(offer.order_ids)
    stops = [stop for stop in route.stops if wanted & set(stop.order_ids)]
    straight_m = sum(distance_m(a.place, b.place) for a, b in pairwise(stops))
    return m.Offered(
        offer_id=offer.id,
        order_ids=offer.order_ids,
        expires_at_ms=offer.expires_at_ms,
        stops=tuple(map(stop_view, stops)),
        distance_m=round(straight_m * ROAD_FACTOR),
    )


def told_to(event: e.Event) -> str:
    """The courier whose phone hears of the event; empty for nobody."""
    match event:
        case e.OfferClosed(offer=offer):
            return offer.courier_id
        case e.RouteChanged(route=route) | e.RouteRetimed(route=route):
            return route.courier_id
        case e.DutyChanged(courier=courier):
            return courier.id
        case _:
            return ""


def courier_facts(state: ZoneState, recorded: Recorded) -> tuple[m.CourierFact, ...]:
    """What the phone of `told_to(event)` is told; `state` is at this event or, when replayed, later."""
    match recorded.event:
        case e.OfferClosed(offer=offer, reason=reason):
            return (m.OfferClosed(offer_id=offer.id, outcome=_OUTCOMES[offer.status], reason=reason),)
        case e.RouteChanged(route=route, reason=reason):
            made = (o for o in _open_offers(state, route.courier_id) if o.made_at_ms == recorded.at_ms)
            return (*(offer_fact(offer, route) for offer in made), route_fact(route, reason))
        case e.RouteRetimed(route=route, cause=cause):
            return (route_fact(route, cause),)
        case e.DutyChanged(courier=courier, reason=reason):
            return (m.DutyChanged(duty=courier.duty.value, reason=reason),)
        case _:
            return ()


def resync(state: ZoneState, courier_id: str) -> tuple[m.Duty, m.RouteChanged, tuple[m.Offered, ...]]:
    """(duty, route, open offers): everything that a phone needs to start anew."""
    route = state.route(courier_id)
    offers = tuple(offer_fact(offer, route) for offer in _open_offers(state, courier_id))
    return state.couriers[courier_id].duty.value, route_fact(route), offers


def _open_offers(state: ZoneState, courier_id: str) -> Iterable[Offer]:
    return (
        offer for offer in state.offers.values() if offer.courier_id == courier_id and offer.status is OfferStatus.OPEN
    )
