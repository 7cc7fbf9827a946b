"""Overrides: what a person decided against the system, what it changed, and what was expected of it.

The record holds enough to take the override back (what it touched, before and after) and to say later whether the
person was right (each touched order's arrival without the override, with it, and in the end).
"""

from dataclasses import dataclass, replace
from enum import StrEnum

from dispatch.domain.order import FINISHED, Direction, Lock, Order, OrderStatus
from dispatch.domain.route import PlannedStop, Route, StopKind


class OverrideAction(StrEnum):
    """What a dispatcher can do against the plan."""

    ASSIGN = "assign"
    UNASSIGN = "unassign"
    LOCK = "lock"
    UNLOCK = "unlock"
    RESEQUENCE = "resequence"
    EXCLUDE = "exclude"
    INCLUDE = "include"
    HOLD = "hold"
    RELEASE = "release"
    SPLIT = "split"
    MERGE = "merge"
    EXPEDITE = "expedite"


@dataclass(frozen=True, slots=True)
class OrderMark:
    """What an override may change of an order, at one moment."""

    order_id: str
    status: OrderStatus
    courier_id: str
    lock: Lock
    priority: int
    declined_by: tuple[str, ...]
    commit_due_at_ms: int
    reason: str = ""
    depot_id: str = ""
    depot_options: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class RouteMark:
    """A courier's stops ahead at one moment."""

    courier_id: str
    stops: tuple[PlannedStop, ...]

    @property
    def visits(self) -> tuple[tuple[StopKind, str], ...]:
        """The stops taken apart, order by order."""
        return tuple((stop.kind, order_id) for stop in self.stops for order_id in stop.order_ids)

    @property
    def order_ids(self) -> frozenset[str]:
        """Every order that is served."""
        return frozenset(order_id for _, order_id in self.visits)

    def without(self, gone: frozenset[str]) -> "RouteMark":
        """The stops that remain when these orders leave."""
        kept = (replace(stop, order_ids=tuple(o for o in stop.order_ids if o not in gone)) for stop in self.stops)
        return RouteMark(self.courier_id, tuple(stop for stop in kept if stop.order_ids))


@dataclass(frozen=True, slots=True)
class EtaEffect:
    """When a courier is at an order's door: as the system had it, with the override, and in the end.

    Business epoch ms, 0 where nobody knows. `end` is the status in which the order ended; empty while it has not.
    """

    order_id: str
    promise_at_ms: int
    without_at_ms: int
    with_at_ms: int
    actual_at_ms: int = 0
    end: str = ""


@dataclass(frozen=True, slots=True)
class TermEffect:
    """One term of the planner's objective without and with the override, in seconds of riding."""

    name: str
    before_s: float
    after_s: float


@dataclass(frozen=True, slots=True)
class Effects:
    """What an override does, as the planner saw it at a plan version; `violations` are the rules that it breaks."""

    plan_version: int = 0
    etas: tuple[EtaEffect, ...] = ()
    terms: tuple[TermEffect, ...] = ()
    violations: tuple[str, ...] = ()


NO_EFFECTS = Effects()
"""Of an override that nobody has looked ahead of."""


@dataclass(frozen=True, slots=True)
class Override:
    """One override: who (`by`, as the audit names them) did what, when and why, and what became of it.

    `before` and `after`, `routes_before` and `routes_after` go in pairs. `version` is the plan version that it made.
    `undone_at_ms` is 0 while it stands.
    """

    id: str
    action: OverrideAction
    order_ids: tuple[str, ...]
    courier_id: str
    reason: str
    by: str
    at_ms: int
    version: int
    effects: Effects = NO_EFFECTS
    before: tuple[OrderMark, ...] = ()
    after: tuple[OrderMark, ...] = ()
    routes_before: tuple[RouteMark, ...] = ()
    routes_after: tuple[RouteMark, ...] = ()
    lock: Lock = Lock.NONE
    forced: bool = False
    undone_at_ms: int = 0
    undone_by: str = ""

    @property
    def settled(self) -> bool:
        """Whether nothing more will be learnt: it was taken back, or every order has ended."""
        return bool(self.undone_at_ms) or all(eta.end for eta in self.effects.etas)

    def touches(self, order_id: str) -> bool:
        """Whether it named or changed the order."""
        return order_id in self.order_ids or any(mark.order_id == order_id for mark in self.before)

    def with_outcome(self, order: Order) -> "Override":
        """The record with what became of one order."""
        ended = order.status in FINISHED
        end, actual_ms = (order.status.value, at_door_ms(order)) if ended else ("", 0)
        etas = tuple(
            replace(eta, end=end, actual_at_ms=actual_ms) if eta.order_id == order.id else eta
            for eta in self.effects.etas
        )
        return replace(self, effects=replace(self.effects, etas=etas))


def mark_of(order: Order) -> OrderMark:
    """The order as an override finds or leaves it."""
    return OrderMark(
        order.id,
        order.status,
        order.courier_id,
        order.lock,
        order.priority,
        order.declined_by,
        order.commit_due_at_ms,
        order.reason,
        order.depot_id,
        order.depot_options,
    )


def route_mark(route: Route) -> RouteMark:
    """The route as an override finds or leaves it."""
    stops = (PlannedStop(s.kind, s.order_ids, s.arrive_at_ms, s.depart_at_ms, end=s.end) for s in route.stops)
    return RouteMark(route.courier_id, tuple(stops))


def at_door_ms(order: Order) -> int:
    """When the courier stood at the customer's door, which is what an arrival time is about; 0: nothing was done there.

    Without a report of the arrival it is the hand-over less the usual time at a door.
    """
    fetched = order.direction is Direction.RETURN
    here = OrderStatus.AT_PICKUP if fetched else OrderStatus.AT_DROPOFF
    done = OrderStatus.PICKED_UP if fetched else OrderStatus.DELIVERED
    times = dict(order.timeline)
    if order.status is OrderStatus.CANCELED or done not in times or not (fetched or order.status is done):
        return 0
    service_s = order.service_pickup_s if fetched else order.service_dropoff_s
    return times.get(here, times[done] - service_s * 1000)
