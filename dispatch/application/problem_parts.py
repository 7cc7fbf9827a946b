"""The parts of the planner's picture: the places of a problem, and its orders and couriers as planning wants them.

A depot is one place, whatever else is there, since a stop is at one depot only. A door is a point with an address:
orders for one door share a place and become one stop, two flats of one house stay two. What one recipient ordered is
for one door, however its address is written (`recipients`).
"""

from collections import defaultdict
from collections.abc import Collection, Mapping, Set

from dispatch.application.meetings import plan_stop
from dispatch.domain.courier import Courier
from dispatch.domain.depot_choice import may_change_depot
from dispatch.domain.ends import end_of
from dispatch.domain.geo import Point
from dispatch.domain.locks import IN_PLACE, held_stops
from dispatch.domain.order import Order
from dispatch.domain.recipients import is_one_door
from dispatch.domain.route import Route, Stop, StopEnd, StopKind
from dispatch.domain.vehicle import Load
from dispatch.planning.freezing import may_move
from dispatch.planning.problem import Option, PlanCourier, PlanOrder


class Places:
    """The places of a problem, numbered: depots first, then doors as they come."""

    def __init__(self, depots: Mapping[str, Point]) -> None:
        self.points: list[Point] = list(depots.values())
        self._depots = {depot_id: k for k, depot_id in enumerate(depots)}
        self._doors: dict[tuple[Point, str], int] = {}
        self._recipients: defaultdict[str, list[Order]] = defaultdict(list)

    def depot(self, depot_id: str) -> int:
        """The number of a depot."""
        return self._depots[depot_id]

    def door(self, order: Order) -> int:
        """The number of an order's door; a new one for a door that is not known yet."""
        known = self._recipients[order.phone_mark] if order.phone_mark else []
        same = next((other.dropoff for other in known if is_one_door(order, other)), None)
        if same is None:
            known.append(order)
        door = same or order.dropoff
        return self._numbered(door.place, door.address)

    def _numbered(self, point: Point, what: str) -> int:
        known = self._doors.setdefault((point, what), len(self.points))
        if known == len(self.points):
            self.points.append(point)
        return known

    def of(self, kind: StopKind, order: Order) -> int:
        """Where this visit for the order is made."""
        end = end_of(kind, order)
        if order.handover and end is StopEnd.MEETING:
            # Whom one meets makes a stop: two couriers who wait at one place are not met at once, nor waited for alike.
            whom = f"{order.courier_id} meets {order.handover.to_courier_id} at {order.handover.address}"
            return self._numbered(order.handover.place, whom)
        return self.door(order) if end is StopEnd.DOOR else self.depot(order.depot_id)


def plan_order(order: Order, bare: Order, places: Places, *, area: str, frozen: Set[str]) -> PlanOrder:
    """The order with its places; `bare` is the order as the planner may know it.

    Who has a visit among the `frozen` stops of a route does not change courier. Where people have been told of a depot,
    there is no other one to choose.
    """
    pickup, dropoff = (places.of(kind, order) for kind in (StopKind.PICKUP, StopKind.DROPOFF))
    movable = may_move(order) and order.id not in frozen
    choices = order.depot_options if may_change_depot(order) else ()
    options = tuple(Option(other, places.depot(other), order.ready_at_ms) for other in choices)
    return PlanOrder(bare, pickup, dropoff, movable, options, area)


def frozen_count(route: Route, orders: Mapping[str, Order]) -> int:
    """How many stops in front of a route stay as they are: what is started, and what a lock holds in place."""
    started = next((k for k, stop in enumerate(route.stops) if not stop.started), len(route.stops))
    locked = {o for o in route.order_ids() if o in orders and orders[o].lock in IN_PLACE}
    return max(started, held_stops(route.stops, locked))


def plan_courier(
    courier: Courier, route: Route, *, frozen: int, start: int, now_ms: int, on_board: Load, closed: str
) -> PlanCourier:
    """The courier with the first `frozen` stops of the route held in place."""
    return PlanCourier(
        courier.id,
        courier.profile,
        courier.capacity,
        start,
        now_ms,
        tuple(plan_stop(stop, courier.id) for stop in route.stops[:frozen]),
        tuple(plan_stop(stop, courier.id) for stop in route.stops[frozen:]),
        on_board,
        closed,
        shift_end_at_ms=courier.shift_end_at_ms,
        breaks=_breaks_ahead(courier, now_ms),
        skills=frozenset(courier.skills),
        pace=1 / courier.speed_factor,
        max_orders=courier.max_orders,
        areas=frozenset(courier.home_areas),
    )


def orders_of_stops(stops: Collection[Stop]) -> set[str]:
    """Every order that these stops are for."""
    return {order_id for stop in stops for order_id in stop.order_ids}


def _breaks_ahead(courier: Courier, now_ms: int) -> tuple[tuple[int, int], ...]:
    """The breaks that are not over yet; of one whose time has come, what is left of it."""
    return tuple((max(rest.from_ms, now_ms), rest.until_ms) for rest in courier.breaks if rest.until_ms > now_ms)
