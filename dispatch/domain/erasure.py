"""Erasing what tells who somebody was: in the zone's state, and in every event that has been.

What stays is what the house needs to count and to answer for: ids, statuses, times, goods, who brought it, what was
decided. What goes is the door and the person behind it: name, phone, address, notes, messages, words, proofs, and the
place but for a kilometre. ADR 21 says why events are rewritten.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any, Final

from dispatch.domain import commands as c
from dispatch.domain import events as e
from dispatch.domain.case import Case
from dispatch.domain.claim import ANY_TIME, Claim
from dispatch.domain.courier import MAY_RIDE, Courier
from dispatch.domain.errors import Conflict
from dispatch.domain.geo import Point
from dispatch.domain.offer import Offer
from dispatch.domain.order import Dropoff, Order
from dispatch.domain.order_message import OrderMessage
from dispatch.domain.route import Route, Stop
from dispatch.domain.zone import CARRIED, Draft, Entity, entity_of

PLACE_DIGITS: Final = 2
"""Of degrees: about a kilometre, so that the figures of a city stay what they were."""


@dataclass(frozen=True, slots=True)
class Gone:
    """Whose data go: of the customers of these orders, and of these couriers."""

    order_ids: frozenset[str] = frozenset()
    courier_ids: frozenset[str] = frozenset()


def erase_people(draft: Draft, command: c.ErasePeople) -> None:
    """Orders forget their customer, couriers their name and number; the audit keeps that they had to.

    Raises `Conflict` for an order that goes on, and for a courier who may still ride.
    """
    _erase_orders(draft, command)
    for courier_id in command.courier_ids:
        courier = draft.courier(courier_id)
        if courier.account in MAY_RIDE or draft.route(courier_id).stops:
            raise Conflict("courier_at_work", f"The courier {courier_id} has to be suspended first, without stops.")
        draft.emit(e.CourierRegistered(erased_courier(courier)))
        draft.emit(e.Overridden("erase", "", courier_id, command.reason))


def _erase_orders(draft: Draft, command: c.ErasePeople) -> None:
    for order_id in command.order_ids:
        order = draft.order(order_id)
        if not order.is_over:
            raise Conflict("order_in_progress", f"The order {order.id} has not ended; its courier needs the address.")
        # By its mark the order is found again, should what is kept of it elsewhere not have been erased yet.
        draft.change_order(replace(erased_order(order), phone_mark=order.phone_mark), e.ERASED)
        draft.emit(e.Overridden("erase", order.id, "", command.reason))
        for case in draft.base.cases.values():
            if case.order_id == order_id and case != erased_case(case):
                draft.emit(e.CaseChanged(erased_case(case)))
    gone = frozenset(command.order_ids)
    for courier_id, route in draft.base.routes.items():
        if route.finished and gone & set(route.finished.stop.order_ids):
            draft.finish_stop(courier_id, route.stops, e.ERASED, None)


def erased_event(event: e.Event, gone: Gone) -> e.Event:
    """The event without what it told of them; the same one where it told nothing."""
    name, entity = CARRIED.get(type(event), ""), entity_of(event)
    if entity is None:
        return event
    carrier: Any = event
    told: e.Event = replace(carrier, **{name: erased_entity(entity, gone)})
    return told


def erased_entity(entity: Entity, gone: Gone) -> Entity:
    """The entity without what it tells of them; the same one where it tells nothing."""
    erase = _ERASE.get(type(entity))
    erased: Entity = erase(entity, gone) if erase else entity
    return erased


def _order(order: Order, gone: Gone) -> Order:
    return erased_order(order) if order.id in gone.order_ids else order


def _message(message: OrderMessage, gone: Gone) -> OrderMessage:
    return replace(message, text="") if message.order_id in gone.order_ids else message


def _case(case: Case, gone: Gone) -> Case:
    return erased_case(case) if case.order_id in gone.order_ids else case


def _claim(claim: Claim, gone: Gone) -> Claim:
    return replace(claim, text="", answer="", visit=ANY_TIME) if claim.order_id in gone.order_ids else claim


def _route(route: Route, gone: Gone) -> Route:
    finished = route.finished and replace(route.finished, stop=_stop(route.finished.stop, gone))
    return replace(route, stops=tuple(_stop(stop, gone) for stop in route.stops), finished=finished)


def _offer(offer: Offer, gone: Gone) -> Offer:
    return replace(offer, stops=tuple(_stop(stop, gone) for stop in offer.stops))


def _courier(courier: Courier, gone: Gone) -> Courier:
    return erased_courier(courier) if courier.id in gone.courier_ids else courier


def erased_case(case: Case) -> Case:
    """The case without what anybody said in it."""
    return replace(case, text="", solution="", resolution="", follow_up_note="")


def erased_courier(courier: Courier) -> Courier:
    """The courier by nothing but their id."""
    return replace(courier, name=courier.id, phone="")


def erased_order(order: Order) -> Order:
    """The order without its customer; its tracking link opens nothing any more."""
    return replace(
        order,
        dropoff=Dropoff(_about(order.dropoff.place), ""),
        reason="",
        track_hash="",
        phone_mark="",
        pin="",
        barcode="",
        cut_off="",
        proofs=tuple(replace(proof, value="", upload_id="") for proof in order.proofs),
        handover=order.handover and replace(order.handover, address="", place=_about(order.handover.place)),
        wishes=tuple(replace(wish, was="", reason="") for wish in order.wishes),
        rating=order.rating and replace(order.rating, text=""),
        collection=order.collection and replace(order.collection, code=""),
        door=None,
        shipment=order.shipment and replace(order.shipment, tracking_number="", tracking_url="", note=""),
    )


def _stop(stop: Stop, gone: Gone) -> Stop:
    """A stop at a door; those at depots and meetings are nobody's, and one that is somebody else's too stays."""
    if not stop.order_ids or not gone.order_ids.issuperset(stop.order_ids) or not stop.is_at_door:
        return stop
    return replace(stop, name="", address="", note="", place=_about(stop.place))


def _about(place: Point) -> Point:
    return Point(round(place.lat, PLACE_DIGITS), round(place.lon, PLACE_DIGITS))


_ERASE: Final[Mapping[type[Any], Callable[[Any, Gone], Entity]]] = {
    Order: _order,
    OrderMessage: _message,
    Case: _case,
    Claim: _claim,
    Route: _route,
    Offer: _offer,
    Courier: _courier,
}
"""Every entity that tells of people. Reasons that staff gave stay, in overrides too; corrections are about doors."""
