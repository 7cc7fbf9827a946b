"""Where couriers meet, for the planner: receiving another courier's goods is one more visit of the taker's.

To the planner every order has one courier. An order that is to change hands has two visits at the meeting: the giver's
drop-off, which is the order's own, and the taker's pickup, after which nothing follows yet (the way to the customer is
planned once the goods have changed hands). That pickup is shown to the planner as the drop-off of an order of its own,
without weight, on board of the taker; `for_zone` turns it back before the zone hears of a plan.
"""

from collections.abc import Iterator
from dataclasses import replace
from typing import TypeVar

from dispatch.domain.commands import AdoptPlan, Command, OfferToMany, Overrule, UndoOverride
from dispatch.domain.ends import MEETING_S
from dispatch.domain.order import Dropoff, Handover, Order, OrderStatus
from dispatch.domain.route import PlannedRoute, PlannedStop, Route, Stop, StopEnd, StopKind, StopState
from dispatch.domain.vehicle import Load
from dispatch.domain.zone import ZoneState
from dispatch.planning.problem import EMPTY, PlanStop

_MARK = ">"
"""No order's id holds it; what follows is the taker's id."""


Planned = TypeVar("Planned", bound=Command)


def planned_ids(route: Route) -> Iterator[str]:
    """The orders of a route's stops, by the names that they have in the planner's picture."""
    for stop in route.stops:
        yield from _ids(stop, route.courier_id)


def plan_stop(stop: Stop, courier_id: str) -> PlanStop:
    """A courier's stop in the planner's picture."""
    kind = StopKind.DROPOFF if stop.takes_over else stop.kind
    return PlanStop(kind, _ids(stop, courier_id), stop.arrive_at_ms if stop.state is StopState.ARRIVED else 0)


def meeting_orders(state: ZoneState, route: Route) -> Iterator[Order]:
    """What a courier is to receive from others, as orders of the planner's picture. The zone may be a part of one."""
    for stop in route.stops:
        for order_id in stop.order_ids if stop.takes_over else ():
            yield _meeting_order(state.orders.get(order_id), stop, order_id, route.courier_id)


def promised_load(state: ZoneState, courier_id: str) -> Load:
    """How much room a courier has to keep for goods that others hand over, until the zone counts them as theirs."""
    known = (state.orders[order_id] for order_id in state.handovers)
    return sum((o.load for o in known if o.handover and o.handover.to_courier_id == courier_id), EMPTY)


def for_zone(command: Planned) -> Planned:
    """A command with the routes of planners, as the zone understands them."""
    match command:
        case AdoptPlan() | OfferToMany() | Overrule() | UndoOverride():
            return replace(command, routes=tuple(map(zone_route, command.routes)))
        case _:
            return command


def _ids(stop: Stop, courier_id: str) -> tuple[str, ...]:
    if not stop.takes_over:
        return stop.order_ids
    return tuple(f"{order_id}{_MARK}{courier_id}" for order_id in stop.order_ids)


def _meeting_order(order: Order | None, stop: Stop, order_id: str, courier_id: str) -> Order:
    begins_at_ms = order.handover.giver_at_ms if order and order.handover else stop.earliest_at_ms
    return Order(
        id=f"{order_id}{_MARK}{courier_id}",
        depot_id="",
        dropoff=Dropoff(stop.place, ""),
        load=EMPTY,
        created_at_ms=begins_at_ms,
        ready_at_ms=begins_at_ms,
        promise_at_ms=stop.latest_at_ms,
        service_pickup_s=MEETING_S,
        service_dropoff_s=MEETING_S,
        status=OrderStatus.PICKED_UP,
        courier_id=courier_id,
        handover=Handover(courier_id, stop.place, stop.name, giver_at_ms=begins_at_ms, taker_at_ms=begins_at_ms),
    )


def zone_route(route: PlannedRoute) -> PlannedRoute:
    """A planner's route, as the zone understands it."""
    return replace(route, stops=tuple(map(_zone_stop, route.stops)))


def _zone_stop(stop: PlannedStop) -> PlannedStop:
    if not any(_MARK in order_id for order_id in stop.order_ids):
        return stop
    order_ids = tuple(order_id.partition(_MARK)[0] for order_id in stop.order_ids)
    return replace(stop, kind=StopKind.PICKUP, order_ids=order_ids, end=StopEnd.MEETING)
