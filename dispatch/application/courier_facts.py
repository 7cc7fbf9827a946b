"""What a courier's phone is told: pure projections of the zone's state and events onto the courier's messages.

A phone is told about its own offers, route and duty, and about nothing else. An offer is told together with the
route change of the same decision, because only then its stops have times; that is always the event to come: a plan
offers first and sets the route after, in one transaction. An offer to several couriers changes no route and brings its
stops along, so it is told by itself.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from itertools import pairwise
from typing import Any, Literal

import msgspec

from courier_protocol import messages as m
from dispatch.application.ports import Recorded
from dispatch.domain import events as e
from dispatch.domain.geo import distance_m
from dispatch.domain.handover import holds_goods
from dispatch.domain.offer import Offer, OfferStatus
from dispatch.domain.order import ON_BOARD, STRANDED, Order, OrderStatus
from dispatch.domain.order_message import OrderMessage, Party
from dispatch.domain.preparation import PREPARED
from dispatch.domain.route import Route, Stop
from dispatch.domain.zone import ZoneState

ROAD_FACTOR = 1.3
"""Streets are longer than the straight line: the mean of European cities (Boscoe, Henry, Zdeb 2012 give 1.2-1.4)."""

CARDS_OF = ON_BOARD | {OrderStatus.ASSIGNED, OrderStatus.EN_ROUTE_PICKUP, OrderStatus.AT_PICKUP}
"""An order in one of these is known to its courier in full; one that is only offered is not."""
HANDOVER = "handover"
"""How an order stands for the courier who takes it over, until it is theirs."""
MAX_SAID = 1_024
MAX_SAID_A_PUSH = 32

Outcome = Literal["accepted", "declined", "lapsed", "revoked"]
_OUTCOMES: dict[OfferStatus, Outcome] = {
    OfferStatus.ACCEPTED: "accepted",
    OfferStatus.DECLINED: "declined",
    OfferStatus.LAPSED: "lapsed",
    OfferStatus.REVOKED: "revoked",
    OfferStatus.TAKEN: "revoked",
}
"""As version 1 of the protocol knows them; that somebody else was first stands in the reason."""


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
        end=stop.end.value,
    )


def route_fact(state: ZoneState, route: Route, reason: str = "") -> m.RouteChanged:
    """The whole route ahead, and everything that the courier has."""
    cards = map(card, orders_of(state, route.courier_id))
    coming = map(meeting_card, _to_take_over(state, route.courier_id))
    return m.RouteChanged(route.version, tuple(map(stop_view, route.stops)), reason=reason, cards=(*cards, *coming))


def orders_of(state: ZoneState, courier_id: str) -> list[Order]:
    """The orders that a courier has accepted or has on board, those of the route first."""
    on_route = [state.orders[o] for o in state.route(courier_id).order_ids() if o in state.orders]
    own = (o for o in map(state.orders.__getitem__, state.stranded) if o.courier_id == courier_id)
    aboard = [o for o in own if holds_goods(o, courier_id)]
    return [o for o in on_route if o.courier_id == courier_id and o.status in CARDS_OF - STRANDED] + aboard


def card(order: Order) -> m.OrderCard:
    """An order, for the courier who has it."""
    return m.OrderCard(
        order_id=order.id,
        status=order.status.value,
        ref=order.ref,
        name=order.dropoff.name,
        phone=order.dropoff.phone,
        note=order.dropoff.note,
        address=order.dropoff.address,
        lines=tuple(m.LineView(line.name, line.quantity, line.code) for line in order.lines),
        items=order.load.items,
        weight_g=order.load.weight_g,
        requires=tuple(kind.value for kind in order.proven_by),
        leave_at_door=order.leave_at_door,
        **money_due(order),
    )


def masked(facts: Iterable[m.CourierFact]) -> tuple[m.CourierFact, ...]:
    """The same for a phone that calls customers by way of the server: it is not told their numbers."""
    return tuple(map(_masked, facts))


def _masked(fact: m.CourierFact) -> m.CourierFact:
    match fact:
        case m.RouteChanged():
            return masked_route(fact)
        case m.CardChanged():
            return m.CardChanged(_masked_card(fact.card))
        case _:
            return fact


def masked_route(route: m.RouteChanged) -> m.RouteChanged:
    """See `masked`."""
    return msgspec.structs.replace(route, cards=tuple(map(_masked_card, route.cards)))


def _masked_card(shown: m.OrderCard) -> m.OrderCard:
    return msgspec.structs.replace(shown, phone="", calls=bool(shown.phone))


def money_due(order: Order) -> dict[str, Any]:
    """What the courier takes at the door."""
    due = order.payment if order.payment and order.payment.due_minor else None
    return {"cash_minor": due.due_minor, "currency": due.currency} if due else {}


def _to_take_over(state: ZoneState, courier_id: str) -> list[Order]:
    """The orders that another courier hands over to this one: to be received, or received and not yet theirs."""
    known = (state.orders[order_id] for order_id in state.handovers)
    return [o for o in known if o.handover and o.handover.to_courier_id == courier_id]


def meeting_card(order: Order) -> m.OrderCard:
    """Another courier's order for the one who takes it over: what to look for, not yet for whom it is."""
    known = card(order)
    return m.OrderCard(
        order_id=order.id,
        status=HANDOVER,
        ref=known.ref,
        lines=known.lines,
        items=known.items,
        weight_g=known.weight_g,
    )


def said(message: OrderMessage) -> m.Said:
    """A message, for the courier's phone."""
    return m.Said(message.id, message.order_id, message.sender.value, message.to.value, message.text, message.at_ms)


@dataclass(frozen=True, slots=True)
class PayPolicy:
    """What a courier earns for an offer: `base_minor` for each order and `per_km_minor` of the way, in `currency`."""

    base_minor: int = 400
    per_km_minor: int = 100
    currency: str = "CNY"

    def earnings_minor(self, orders: int, distance_m: float) -> int:
        """The pay for so many orders on a way of that length, in the smallest unit of the currency."""
        return self.base_minor * orders + round(self.per_km_minor * distance_m / 1000)


DEFAULT_PAY = PayPolicy()


def offer_fact(offer: Offer, route: Route, pay: PayPolicy = DEFAULT_PAY) -> m.Offered:
    """An offer with the stops of its orders, as far as the route has them, about how long the way is, and the pay."""
    wanted = set(offer.order_ids)
    stops = offer.stops or [stop for stop in route.stops if wanted & set(stop.order_ids)]
    way_m = ROAD_FACTOR * sum(distance_m(a.place, b.place) for a, b in pairwise(stops))
    return m.Offered(
        offer_id=offer.id,
        order_ids=offer.order_ids,
        expires_at_ms=offer.expires_at_ms,
        stops=tuple(map(stop_view, stops)),
        distance_m=round(way_m),
        earnings_minor=pay.earnings_minor(len(offer.order_ids), way_m),
        currency=pay.currency,
    )


def told_to(event: e.Event) -> str:
    """The courier whose phone hears of the event; empty for nobody."""
    told = ""
    match event:
        case e.OfferMade(offer=offer) if offer.is_shared:
            told = offer.courier_id
        case e.OfferClosed(offer=offer):
            told = offer.courier_id
        case e.RouteChanged(route=route) | e.RouteRetimed(route=route):
            told = route.courier_id
        case e.DutyChanged(courier=courier):
            told = courier.id
        case e.OrderChanged(order=order, what=what) if _is_told(order, what):
            told = order.courier_id
        case e.CourierNoticed(courier_id=courier_id):
            told = courier_id
        case e.MessagePosted(message=message) if _is_for_couriers(message):
            told = message.courier_id
    return told


def _is_told(order: Order, what: str) -> bool:
    """Steps that change what the phone knows of an order: it is theirs now, or has no stop any more, or is back, or the
    money was paid that was due at the door.
    """
    if what == PREPARED and order.payment and order.status in CARDS_OF:
        return True
    return order.status in STRANDED or order.status in (OrderStatus.ASSIGNED, OrderStatus.RETURNED)


def _is_for_couriers(message: OrderMessage) -> bool:
    return Party.COURIER in (message.sender, message.to)


def thread_of(state: ZoneState, order_id: str) -> tuple[m.Said, ...]:
    """What was written about an order to or by couriers, also before this one had it."""
    return tuple(said(message) for message in state.messages.get(order_id, ()) if _is_for_couriers(message))


def courier_facts(state: ZoneState, recorded: Recorded, pay: PayPolicy = DEFAULT_PAY) -> tuple[m.CourierFact, ...]:
    """What the phone of `told_to(event)` is told; `state` is at this event or, when replayed, later."""
    facts: tuple[m.CourierFact, ...] = ()
    match recorded.event:
        case e.OfferMade(offer=offer) if offer.is_shared:
            facts = (offer_fact(offer, state.route(offer.courier_id), pay),)
        case e.OfferClosed(offer=offer, reason=reason):
            facts = (m.OfferClosed(offer_id=offer.id, outcome=_OUTCOMES[offer.status], reason=reason),)
        case e.RouteChanged(route=route, reason=reason):
            mine = _open_offers(state, route.courier_id)
            made = (o for o in mine if o.made_at_ms == recorded.at_ms and not o.is_shared)
            facts = (*(offer_fact(offer, route, pay) for offer in made), route_fact(state, route, reason))
        case e.RouteRetimed(route=route, cause=cause):
            facts = (route_fact(state, route, cause),)
        case e.DutyChanged(courier=courier, reason=reason):
            facts = (m.DutyChanged(duty=courier.duty.value, reason=reason),)
        case e.OrderChanged(order=order, what=what) if _is_told(order, what):
            facts = (m.CardChanged(card(order)), *thread_of(state, order.id)[-MAX_SAID_A_PUSH:])
        case e.CourierNoticed(code=code, order_ids=order_ids, place=place):
            facts = (m.Notice(code, order_ids, place),)
        case e.MessagePosted(message=message) if _is_for_couriers(message):
            facts = (said(message),)
    return facts


@dataclass(frozen=True, slots=True)
class PhoneSnapshot:
    """Everything that a phone needs to start anew."""

    duty: m.Duty
    route: m.RouteChanged
    offers: tuple[m.Offered, ...]
    said: tuple[m.Said, ...]


def resync(state: ZoneState, courier_id: str, pay: PayPolicy = DEFAULT_PAY) -> PhoneSnapshot:
    """What a phone shows at this state; the messages are those about the courier's orders."""
    route = state.route(courier_id)
    offers = tuple(offer_fact(offer, route, pay) for offer in _open_offers(state, courier_id))
    messages = [each for order in orders_of(state, courier_id) for each in thread_of(state, order.id)]
    newest = tuple(sorted(messages, key=lambda each: each.at_ms)[-MAX_SAID:])
    return PhoneSnapshot(state.couriers[courier_id].duty.value, route_fact(state, route), offers, newest)


def _open_offers(state: ZoneState, courier_id: str) -> Iterable[Offer]:
    return (offer for offer in map(state.offers.__getitem__, state.open_offers) if offer.courier_id == courier_id)
