"""Decisions about what the zone knows: depots, couriers, and orders coming in or being stopped."""

from collections.abc import Sized
from dataclasses import replace
from typing import Final

from dispatch.domain import commands as c
from dispatch.domain import events as e
from dispatch.domain.areas import with_clean_ring
from dispatch.domain.corrections import corrected
from dispatch.domain.courier import Courier
from dispatch.domain.distributors import as_ordered_by
from dispatch.domain.errors import Conflict, InvalidInput, NotFound
from dispatch.domain.handover import call_off
from dispatch.domain.holds import is_unpaid, let_go_by_hand
from dispatch.domain.mode_rules import check_mode
from dispatch.domain.offers import release_order, withdraw_offer
from dispatch.domain.order import BEFORE_PICKUP, FINISHED, ON_BOARD, Direction, Order, OrderStatus
from dispatch.domain.payment import HELD_FOR_PAYMENT
from dispatch.domain.stock import allot, check_lines
from dispatch.domain.zone import Draft

MOST_DEPOTS: Final = 1_000
MOST_AREAS: Final = 1_000
MOST_COURIERS: Final = 10_000
"""What one writer and one replica hold with ease; more is another zone."""


def register_depot(draft: Draft, command: c.RegisterDepot) -> None:
    """A depot becomes known, or changes. Raises `Conflict` when the zone has as many as it takes; so do areas and
    couriers.
    """
    if command.depot.id not in draft.base.depots:
        _check_room(draft.base.depots, MOST_DEPOTS, "depots")
    draft.emit(e.DepotRegistered(command.depot))


def register_area(draft: Draft, command: c.RegisterArea) -> None:
    """An area becomes known, or changes. Its ring must enclose something."""
    if command.area.id not in draft.base.areas:
        _check_room([area for area in draft.base.areas.values() if not area.removed], MOST_AREAS, "areas")
    draft.emit(e.AreaRegistered(with_clean_ring(command.area)))


def remove_area(draft: Draft, command: c.RemoveArea) -> None:
    """An area is no more, unless couriers call it theirs. Removing it twice changes nothing."""
    area = draft.base.areas.get(command.area_id)
    if area is None:
        raise NotFound("unknown_area", f"There is no area {command.area_id}.")
    at_home = sorted(courier.id for courier in draft.base.couriers.values() if area.id in courier.home_areas)
    if at_home:
        names = ", ".join(at_home[:5]) + (" and others" if len(at_home) > 5 else "")
        raise Conflict("area_in_use", f"The area is home to {names}; give them other areas first.")
    if not area.removed:
        draft.emit(e.AreaRegistered(replace(area, removed=True)))


def register_courier(draft: Draft, command: c.RegisterCourier) -> None:
    """A courier becomes known, or changes; the duty stays. A phone number signs in one courier only."""
    _check_breaks(command.courier)
    for area_id in command.courier.home_areas:
        area = draft.base.areas.get(area_id)
        if area is None or area.removed:
            raise InvalidInput("unknown_area", f"There is no area {area_id}; register it first.")
    known, wanted = draft.base.couriers.get(command.courier.id), command.courier
    if wanted.phone and any(c.phone == wanted.phone and c.id != wanted.id for c in draft.base.couriers.values()):
        raise Conflict("phone_taken", "Another courier signs in with this phone number.")
    if known is None:
        _check_room(draft.base.couriers, MOST_COURIERS, "couriers")
    courier = wanted.at_work_as(known) if known else wanted
    draft.emit(e.CourierRegistered(courier))


def _check_room(known: Sized, most: int, what: str) -> None:
    if len(known) >= most:
        raise Conflict(f"too_many_{what}", f"A zone has at most {most} {what}; use another zone for more.")


def _check_breaks(courier: Courier) -> None:
    """Breaks have a length, and follow each other."""
    ends_ms = 0
    for rest in courier.breaks:
        if not ends_ms <= rest.from_ms < rest.until_ms:
            raise InvalidInput("bad_break", "A break ends after it begins, and the next one begins after that.")
        ends_ms = rest.until_ms


def create_order(draft: Draft, command: c.CreateOrder) -> None:
    """An order comes in: held with its reason, or waiting for whoever brings it, at the corrected place of its door.
    Its depots and its goods must be known; what it takes is promised to it.
    """
    order = command.order
    if order.id in draft.base.orders:
        raise Conflict("duplicate_order", f"Order {order.id} exists already.")
    if order.promise_at_ms < order.created_at_ms:
        raise InvalidInput("window_in_the_past", "The promised time lies before the order itself.")
    for depot_id in (order.depot_id, *order.depot_options):
        draft.depot(depot_id)
    check_lines(draft, order)
    _check_point(draft, order)
    check_mode(order)
    order = as_ordered_by(draft, order)
    at_door = corrected(order.dropoff, draft.base.corrections)
    door = order.door and corrected(order.door, draft.base.corrections)
    wanted = replace(order, status=order.at_rest, dropoff=at_door, door=door, changed_version=draft.version)
    taken = draft.keeping_up(allot(draft, wanted, refuses=command.refuses_short))
    if hold := command.hold or (HELD_FOR_PAYMENT if is_unpaid(order) else ""):
        taken = replace(taken, status=OrderStatus.HELD, reason=hold)
    draft.emit(e.OrderCreated(replace(taken, timeline=((taken.status, draft.now_ms),))))


def _check_point(draft: Draft, order: Order) -> None:
    """Raises `InvalidInput` when the order is for a point that takes no orders."""
    if order.collection is None:
        return
    point = draft.base.points.get(order.collection.point_id)
    if point is None or point.removed:
        raise InvalidInput("unknown_point", f"There is no pickup point {order.collection.point_id}.")
    if order.direction is Direction.RETURN:
        raise InvalidInput("return_by_point", "What a customer gives back is fetched at a door, not at a pickup point.")


def release_hold(draft: Draft, command: c.ReleaseHold) -> None:
    """A held order goes on."""
    order = draft.order(command.order_id)
    if order.status is not OrderStatus.HELD:
        raise Conflict("wrong_state", f"The order is {order.status}, not held.")
    let_go_by_hand(draft, order)


def cancel_order(draft: Draft, command: c.CancelOrder) -> None:
    """Before pickup the order ends; with the goods on board they go back. A second cancel changes nothing."""
    order = draft.order(command.order_id)
    if order.status in (OrderStatus.CANCELED, OrderStatus.RETURNING, OrderStatus.RETURNED):
        return
    if order.status in FINISHED or order.status is OrderStatus.WITH_CARRIER:
        raise Conflict("wrong_state", f"The order is {order.status}; it cannot be canceled.")
    if order.status in ON_BOARD:
        if order.handover is None or not order.handover.begun:
            _take_off_route(draft, order.courier_id, call_off(draft, order, "canceled").id)
        draft.move_order(draft.order(order.id), OrderStatus.RETURNING, command.reason)
        return
    if order.status in BEFORE_PICKUP:
        _take_from_courier(draft, order.courier_id, order.offer_id, order.id)
    draft.move_order(draft.order(order.id), OrderStatus.CANCELED, command.reason)


def _take_from_courier(draft: Draft, courier_id: str, offer_id: str, order_id: str) -> None:
    """Free an order that a courier has not picked up; an open offer that holds it is revoked as a whole."""
    offer = draft.base.offers.get(offer_id)
    if offer and draft.order(order_id).status is OrderStatus.OFFERED:
        withdraw_offer(draft, offer, "canceled")
        return
    release_order(draft, draft.order(order_id), "canceled")
    _take_off_route(draft, courier_id, order_id)


def _take_off_route(draft: Draft, courier_id: str, order_id: str) -> None:
    route = draft.route(courier_id)
    draft.change_route(courier_id, route.without_orders(frozenset({order_id})), "canceled")
