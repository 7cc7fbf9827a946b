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
from dispatch.domain.promise import EXTRA_ORDER_DROPOFF_S, EXTRA_ORDER_PICKUP_S
from dispatch.domain.route import PlannedRoute, StopKind
from dispatch.domain.vehicle import Load, Profile
from dispatch.planning.terms import Weights

UNREACHABLE_MS = 100_000_000
"""What a matrix holds where no way leads: more than a day, and small enough that sums of it stay exact."""

EMPTY = Load()

Millis = npt.NDArray[np.int32]


@dataclass(frozen=True, slots=True)
class Rules:
    """How stops are made in this zone.

    Each further order at one stop takes `extra_pickup_s` or `extra_dropoff_s`. `merge_doors`: consecutive drop-offs at
    one place are one stop. `one_depot_at_a_time`: goods are fetched in one visit to one depot, by a courier who carries
    nothing, and the next visit to a depot comes after the last of them is dropped off.
    """

    extra_pickup_s: int = EXTRA_ORDER_PICKUP_S
    extra_dropoff_s: int = EXTRA_ORDER_DROPOFF_S
    merge_doors: bool = True
    one_depot_at_a_time: bool = False

    def merges(self, kind: StopKind) -> bool:
        """Whether consecutive visits of this kind at one place are one stop."""
        return kind is StopKind.PICKUP or self.merge_doors

    def extra_s(self, kind: StopKind) -> int:
        """What each further order at a stop of this kind takes, in seconds."""
        return self.extra_pickup_s if kind is StopKind.PICKUP else self.extra_dropoff_s


@dataclass(frozen=True, slots=True)
class Option:
    """Another depot that has an order's goods: where it is, and when they would be ready there."""

    depot_id: str
    place: int
    ready_at_ms: int


@dataclass(frozen=True, slots=True)
class PlanOrder:
    """An order as the planner sees it (without names and addresses): its places, and whether it may change courier.

    `pickup` is the place of its own depot, `options` are further depots to choose from. `taxes` are prices in seconds
    of riding for giving it to some couriers, by their ids (a probable refusal, for example).
    """

    order: Order
    pickup: int
    dropoff: int
    movable: bool
    options: tuple[Option, ...] = ()
    area: str = ""
    taxes: Mapping[str, float] = field(default_factory=dict)

    @property
    def id(self) -> str:
        """The order's id."""
        return self.order.id

    def pickup_at(self, depot_id: str) -> int:
        """The place of one of its depots; "" is its own."""
        return next((option.place for option in self.options if option.depot_id == depot_id), self.pickup)

    def ready_at_ms(self, depot_id: str) -> int:
        """When its goods are ready at one of its depots; "" is its own."""
        ready = (option.ready_at_ms for option in self.options if option.depot_id == depot_id)
        return next(ready, self.order.ready_at_ms)


@dataclass(frozen=True, slots=True)
class PlanStop:
    """One visit to one place. `arrived_at_ms` is set once the courier stands there.

    A pickup may be at one of the orders' other depots: `depot_id` says which; "" is their own.
    """

    kind: StopKind
    order_ids: tuple[str, ...]
    arrived_at_ms: int = 0
    depot_id: str = ""


@dataclass(frozen=True, slots=True)
class PlanCourier:
    """A courier at `start` who is free to drive at `available_at_ms`, with goods on board and stops ahead.

    `frozen` are the stops in front of the route that stay as they are (started, or held in place by a lock), `planned`
    the others. `closed` says why the courier takes nothing new ("off_duty", "no_position", "position_lost"); empty:
    they take work. No pickup begins after `shift_end_at_ms` (0: no end). Of `breaks` (from and until, business ms) the
    first counts: it is taken before a ride that would not end by its beginning. Rides take `pace` times as long as the
    matrix says. `order_price_s` is what each further order costs with this courier (fairness; may be negative).
    `areas` are home areas (none: no preference). `churn_left`: so many stops that are not started may still be moved.
    The route ends at place `end` (-1: wherever the last stop is).
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
    shift_end_at_ms: int = 0
    breaks: tuple[tuple[int, int], ...] = ()
    skills: frozenset[str] = frozenset()
    pace: float = 1.0
    max_orders: int = 0
    order_price_s: float = 0.0
    areas: frozenset[str] = frozenset()
    churn_left: int = 1_000
    end: int = -1

    @property
    def stops(self) -> tuple[PlanStop, ...]:
        """Every stop ahead, as the route now stands."""
        return self.frozen + self.planned


@dataclass(frozen=True, eq=False)
class Problem:
    """A picture of a zone at plan version `version`. `travel_ms[profile]` is int32 [places, places].

    `pace` is the day's profile of speeds: (from epoch ms, factor on rides that depart from then on), rising in time;
    before the first entry, and without any, rides take what the matrices say.
    """

    version: int
    now_ms: int
    couriers: tuple[PlanCourier, ...]
    orders: Mapping[str, PlanOrder]
    travel_ms: Mapping[Profile, Millis]
    weights: Weights = field(default_factory=Weights)
    pace: tuple[tuple[int, float], ...] = ()
    rules: Rules = Rules()

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
        return first.pickup_at(stop.depot_id) if stop.kind is StopKind.PICKUP else first.dropoff

    def earliest_ms(self, stop: PlanStop) -> int:
        """When service may begin there."""
        orders = (self.orders[order_id] for order_id in stop.order_ids)
        if stop.kind is StopKind.PICKUP:
            return max(order.ready_at_ms(stop.depot_id) for order in orders)
        return max(order.order.earliest_at_ms for order in orders)

    def service_ms(self, stop: PlanStop) -> int:
        """How long the stop takes once it begins."""
        orders = [self.orders[order_id].order for order_id in stop.order_ids]
        longest = max(o.service_pickup_s if stop.kind is StopKind.PICKUP else o.service_dropoff_s for o in orders)
        return 1000 * (longest + self.rules.extra_s(stop.kind) * (len(orders) - 1))

    def max_orders(self, courier: PlanCourier) -> int:
        """How many orders a courier may have at once."""
        return min(courier.max_orders or self.weights.max_route_orders, self.weights.max_route_orders)

    def with_courier(self, changed: PlanCourier) -> "Problem":
        """The same picture with one courier changed."""
        return replace(self, couriers=tuple(changed if c.id == changed.id else c for c in self.couriers))


Visit = tuple[StopKind, str]
"""One order's part of a stop."""


def visits_of(stops: Iterable[PlanStop]) -> list[Visit]:
    """Stops taken apart, order by order."""
    return [(stop.kind, order_id) for stop in stops for order_id in stop.order_ids]


def depots_of(stops: Iterable[PlanStop]) -> dict[str, str]:
    """Which other depot an order is picked up at, for those that are not picked up at their own."""
    return {order_id: stop.depot_id for stop in stops if stop.depot_id for order_id in stop.order_ids}


def stops_of(
    problem: Problem, visits: Iterable[Visit], depots: Mapping[str, str] | None = None
) -> tuple[PlanStop, ...]:
    """Visits put together: consecutive ones of a kind at one place are one stop, as far as the rules say so.

    `depots` names other depots than the orders' own.
    """
    stops: list[PlanStop] = []
    for kind, order_id in visits:
        depot_id = (depots or {}).get(order_id, "") if kind is StopKind.PICKUP else ""
        stop = PlanStop(kind, (order_id,), depot_id=depot_id)
        last = stops[-1] if stops else None
        if last and _joins(problem, last, stop):
            merged = (*last.order_ids, order_id)
            stops[-1] = replace(last, order_ids=merged, depot_id=last.depot_id or stop.depot_id)
        else:
            stops.append(stop)
    return tuple(stops)


def _joins(problem: Problem, last: PlanStop, stop: PlanStop) -> bool:
    """Whether a stop is one with the stop before it; at a door, nobody is kept waiting for it."""
    alike = last.kind is stop.kind and problem.rules.merges(stop.kind) and problem.place(last) == problem.place(stop)
    return alike and (stop.kind is StopKind.PICKUP or problem.earliest_ms(stop) <= _last_earliest_ms(problem, last))


def _last_earliest_ms(problem: Problem, stop: PlanStop) -> int:
    return problem.orders[stop.order_ids[-1]].order.earliest_at_ms


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
