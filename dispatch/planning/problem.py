"""What a plan is made from: an immutable picture of one zone at one moment, and the plan that comes out.

Times are business time in epoch ms; driving times whole ms, so that every room that adds them up gets the same sum.
Places are indices into the travel matrices: depots, doors and couriers' starts, each depot once.
"""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property

import numpy as np
import numpy.typing as npt

from dispatch.domain.order import Order
from dispatch.domain.promise import stop_service_s
from dispatch.domain.route import PlannedRoute, StopKind
from dispatch.domain.vehicle import Load, Profile
from dispatch.planning.terms import Weights

UNREACHABLE_MS = 100_000_000
"""What a matrix holds where no way leads: more than a day, and small enough that sums of it stay exact."""

EMPTY = Load()

Millis = npt.NDArray[np.int32]


@dataclass(frozen=True, slots=True)
class PlanOrder:
    """An order as the planner sees it (without names and addresses): its places, and whether it may change courier."""

    order: Order
    pickup: int
    dropoff: int
    movable: bool

    @property
    def id(self) -> str:
        """The order's id."""
        return self.order.id


@dataclass(frozen=True, slots=True)
class PlanStop:
    """One visit to one place. `arrived_at_ms` is set once the courier stands there."""

    kind: StopKind
    order_ids: tuple[str, ...]
    arrived_at_ms: int = 0


@dataclass(frozen=True, slots=True)
class PlanCourier:
    """A courier at `start` who is free to drive at `available_at_ms`, with goods on board and stops ahead.

    `frozen` are the started stops in front of the route, `planned` the others. `closed` says why the courier takes
    nothing new ("off_duty", "no_position", "position_lost"); empty: they take work.
    """

    id: str
    profile: Profile
    capacity: Load
    start: int
    available_at_ms: int
    frozen: tuple[PlanStop, ...] = ()
    planned: tuple[PlanStop, ...] = ()
    on_board: Load = EMPTY
    closed: str = ""

    @property
    def stops(self) -> tuple[PlanStop, ...]:
        """Every stop ahead, as the route now stands."""
        return self.frozen + self.planned


@dataclass(frozen=True, eq=False)
class Problem:
    """A picture of a zone at plan version `version`. `travel_ms[profile]` is int32 [places, places]."""

    version: int
    now_ms: int
    couriers: tuple[PlanCourier, ...]
    orders: Mapping[str, PlanOrder]
    travel_ms: Mapping[Profile, Millis]
    weights: Weights = field(default_factory=Weights)

    @cached_property
    def by_id(self) -> dict[str, PlanCourier]:
        """Couriers by their ids."""
        return {courier.id: courier for courier in self.couriers}

    @cached_property
    def routed(self) -> dict[str, str]:
        """Which courier's stops serve an order now."""
        return {o: courier.id for courier in self.couriers for stop in courier.stops for o in stop.order_ids}

    @cached_property
    def order_counts(self) -> Counter[str]:
        """How many orders each courier's stops serve."""
        return Counter(self.routed.values())

    @cached_property
    def waiting(self) -> tuple[str, ...]:
        """Orders that no stop serves yet: new ones, and goods on board that lack their drop-off."""
        return tuple(order_id for order_id in self.orders if order_id not in self.routed)

    def place(self, stop: PlanStop) -> int:
        """Where a stop is."""
        first = self.orders[stop.order_ids[0]]
        return first.pickup if stop.kind is StopKind.PICKUP else first.dropoff

    def earliest_ms(self, stop: PlanStop) -> int:
        """When service may begin there."""
        orders = (self.orders[order_id].order for order_id in stop.order_ids)
        return max(o.ready_at_ms if stop.kind is StopKind.PICKUP else o.earliest_at_ms for o in orders)

    def service_ms(self, stop: PlanStop) -> int:
        """How long the stop takes once it begins."""
        return stop_service_s(stop.kind, [self.orders[order_id].order for order_id in stop.order_ids]) * 1000

    def with_courier(self, changed: PlanCourier) -> "Problem":
        """The same picture with one courier changed."""
        return replace(self, couriers=tuple(changed if c.id == changed.id else c for c in self.couriers))


Visit = tuple[StopKind, str]
"""One order's part of a stop."""


def visits_of(stops: Iterable[PlanStop]) -> list[Visit]:
    """Stops taken apart, order by order."""
    return [(stop.kind, order_id) for stop in stops for order_id in stop.order_ids]


def stops_of(problem: Problem, visits: Iterable[Visit]) -> tuple[PlanStop, ...]:
    """Visits put together: consecutive pickups at one depot are one stop; each door is a stop of its own."""
    stops: list[PlanStop] = []
    for kind, order_id in visits:
        stop = PlanStop(kind, (order_id,))
        last = stops[-1] if stops else None
        if last and kind is last.kind is StopKind.PICKUP and problem.place(last) == problem.place(stop):
            stops[-1] = PlanStop(kind, (*last.order_ids, order_id))
        else:
            stops.append(stop)
    return tuple(stops)


@dataclass(frozen=True, slots=True)
class Plan:
    """New routes for some couriers, on top of plan version `base_version`; everyone else keeps theirs.

    `refused` says why orders stay without a courier. `gain` is what the plan saves against the running one, after the
    tax for what it disturbs, in seconds of riding. `engines` names what made it.
    """

    base_version: int
    routes: tuple[PlannedRoute, ...]
    engines: tuple[str, ...]
    gain: float = 0.0
    refused: Mapping[str, str] = field(default_factory=dict)
