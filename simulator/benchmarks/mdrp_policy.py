"""How a published day is dispatched: by the planner of the server, and a few figures that say what matters that day.

Each decision is a `Problem` over what is known: the couriers from where and when they will be free, with the plan of
the decision before; the orders not yet picked up. The planner inserts, searches and assigns; this module translates,
and sends idle couriers ahead. A pickup counts half its service after it began, so goods that are ready at r may begin
to be fetched at r - 2 min; that is their ready time here.
"""

from dataclasses import dataclass, field
from functools import cache

import numpy as np
import numpy.typing as npt

from dispatch.domain.geo import Point
from dispatch.domain.order import Dropoff, Order
from dispatch.domain.route import StopKind
from dispatch.domain.vehicle import Load, Profile
from dispatch.planning.fairness import expected_orders, order_price_s
from dispatch.planning.improve import Budget, search_routes
from dispatch.planning.preposition import Outlook, best_moves
from dispatch.planning.problem import PlanCourier, PlanOrder, Problem, Rules
from dispatch.planning.search.encode import encode
from dispatch.planning.terms import Weights
from dispatch.planning.timing import ArrivalRates
from simulator.benchmarks.mdrp_day import HALF_MIN, MINUTE_MS, Rider, Scene
from simulator.benchmarks.mdrp_instance import (
    PAY_PER_HOUR,
    PAY_PER_ORDER,
    SERVICE_MIN,
    TARGET_MIN,
    Day,
    DayOrder,
)

Ints = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]

PROFILE = Profile.BIKE
RULES = Rules(extra_pickup_s=0, extra_dropoff_s=0, merge_doors=False, one_depot_at_a_time=True)
_NOWHERE = Dropoff(Point(0.0, 0.0), "")
_ONE = Load(items=1)
OUTLOOK = Outlook()


@dataclass(frozen=True, slots=True)
class Settings:
    """The policy; one for all days. Prices are in seconds of lateness, `over_target` by the second beyond 40 min."""

    look_ahead_min: int = 30
    bundle_orders: int = 3
    over_target: float = 0.7
    travel: float = 0.0
    unserved_s: float = 30_000.0
    order_pay_s: float = 480.0
    pay_spread: float = 1.0
    iterations: int = 60
    iterations_per_order: float = 6.0
    hot: float = 0.02
    preposition_every_min: int = 3
    busiest: int = 40
    outlook: Outlook = OUTLOOK

    @property
    def weights(self) -> Weights:
        """The objective: lateness of each order by the second, and once more beyond the target."""
        return Weights(
            travel=self.travel,
            fuel=0.0,
            waiting=0.0,
            delivery=1.0,
            late=self.over_target,
            late_square_s=1e12,
            overtime=0.0,
            moved_order=0.0,
            reordered_route=0.0,
            reordered_soon=0.0,
            unserved=self.unserved_s,
        )


@dataclass(eq=False, slots=True)
class Policy:
    """The decider of one day."""

    day: Day
    settings: Settings = field(default_factory=Settings)
    seed: int = 1
    rates: ArrivalRates = field(default_factory=lambda: ArrivalRates(0))
    decisions: int = 0
    _known_rates: Floats = field(default_factory=lambda: np.zeros(0))
    _rates_until_min: int = -1_000

    def decide(self, scene: Scene) -> None:
        """Plan what is open; every few minutes, send couriers without work ahead."""
        for order in scene.new:
            self.rates.arrived(str(order.restaurant), order.placed_min * MINUTE_MS)
        if scene.open:
            self._plan(scene)
        if scene.now_min % self.settings.preposition_every_min == 0:
            self._send_ahead(scene)

    def _plan(self, scene: Scene) -> None:
        riders = [rider for rider in scene.riders if self._counts(rider, scene.now_min)]
        if not riders:
            return
        self.decisions += 1
        picture = problem_of(scene, riders, self.settings, self._prices_s(scene, riders))
        iterations = self.settings.iterations + round(self.settings.iterations_per_order * len(scene.open))
        budget = Budget(iterations, hot=self.settings.hot)
        routes, _ = search_routes(encode(picture), budget, self.seed + self.decisions)
        for rider, stops in zip(riders, routes, strict=True):
            rider.plan(stops, scene.now_min)

    def _counts(self, rider: Rider, now_min: int) -> bool:
        """Whether a courier can be planned: on duty, free soon, and still there for pickups then."""
        soon_min = now_min + self.settings.look_ahead_min
        here = rider.courier.on_min <= soon_min and rider.courier.off_min >= now_min
        return bool(rider.stops) or (here and rider.free_min <= soon_min)

    def _rates(self, now_min: int) -> Floats:
        """[restaurants] orders a second, a few minutes old at most."""
        if now_min >= self._rates_until_min:
            restaurants = range(len(self.day.restaurants))
            self._known_rates = np.array([self.rates.per_s(str(k), now_min * MINUTE_MS) for k in restaurants])
            self._rates_until_min = now_min + self.settings.preposition_every_min
        return self._known_rates

    def _prices_s(self, scene: Scene, riders: list[Rider]) -> Floats:
        """What one more order costs with each rider: an order's pay, as far as the guarantee will not cover it."""
        rates = self._rates(scene.now_min)
        on_duty = sum(r.courier.on_min <= scene.now_min < r.courier.off_min for r in scene.riders)
        pace = 3_600 * float(rates.sum()) / max(1, on_duty)
        return np.array([_pay_s(rider, scene.now_min, pace, self.settings) for rider in riders])

    def _send_ahead(self, scene: Scene) -> None:
        rates = self._rates(scene.now_min)
        busiest: Ints = np.argsort(-rates, kind="stable")[: self.settings.busiest].astype(np.int64)
        riders = [rider for rider in scene.riders if self._counts(rider, scene.now_min)]
        idle = [k for k, r in enumerate(riders) if r.idle(scene.now_min) and r.place not in busiest]
        if not idle or not rates.any():
            return
        arrive_s = _arrivals_s(scene, riders, busiest)
        between_s: Floats = 60.0 * self.day.minutes[np.ix_(busiest, busiest)].astype(np.float64)
        for move in best_moves(arrive_s, idle, between_s, rates[busiest], self.settings.outlook):
            scene.ride(riders[move.courier], int(busiest[move.depot]))


def _end(scene: Scene, rider: Rider) -> tuple[int, int]:
    """Where a courier's planned work ends, and when (minute of the day)."""
    place, free_min = rider.place, max(rider.free_min, scene.now_min)
    for stop in rider.stops:
        orders = [scene.open[order_id] for order_id in stop.order_ids]
        fetch = stop.kind is StopKind.PICKUP
        there = orders[0].restaurant if fetch else orders[0].door
        begin_min = free_min + int(scene.day.minutes[place, there])
        if fetch:
            begin_min = max(begin_min, *(order.ready_min - HALF_MIN for order in orders))
        place, free_min = there, begin_min + SERVICE_MIN
    return place, free_min


def _arrivals_s(scene: Scene, riders: list[Rider], restaurants: Ints) -> Floats:
    """[riders, restaurants] how soon each can be at each restaurant when their work is done; inf: after their shift."""
    places, free_min = np.array([_end(scene, rider) for rider in riders], dtype=np.int64).reshape(-1, 2).T
    at_min = free_min[:, None] + scene.day.minutes[np.ix_(places, restaurants)]
    off_min = np.array([rider.courier.off_min for rider in riders])
    return np.where(at_min <= off_min[:, None], 60.0 * (at_min - scene.now_min), np.inf)


def problem_of(scene: Scene, riders: list[Rider], settings: Settings, prices_s: Floats) -> Problem:
    """The planner's picture of the day, with what one more order costs with each rider."""
    orders = list(scene.open.values())
    ends = sorted({place for order in orders for place in (order.restaurant, order.door)})
    slot = {place: k for k, place in enumerate(ends)}
    places = np.array([*ends, *(rider.place for rider in riders)])
    travel_ms = scene.day.minutes[np.ix_(places, places)] * MINUTE_MS
    couriers = []
    for k, rider in enumerate(riders):
        start, early_min = len(ends) + k, _early_min(scene, rider)
        travel_ms[start, places != rider.place] += early_min * MINUTE_MS
        free_min = max(rider.free_min, scene.now_min) - early_min
        couriers.append(_courier(rider, settings, (start, free_min), float(prices_s[k])))
    planned = (_order(order, slot) for order in orders)
    return Problem(
        version=scene.now_min,
        now_ms=scene.now_min * MINUTE_MS,
        couriers=tuple(couriers),
        orders={order.id: order for order in planned},
        travel_ms={PROFILE: travel_ms},
        weights=settings.weights,
        rules=RULES,
    )


def _early_min(scene: Scene, rider: Rider) -> int:
    """How many minutes of a pickup's first half a courier who stands there has behind them; rides still begin now."""
    at_restaurant = rider.place < len(scene.day.restaurants)
    return max(0, min(HALF_MIN, scene.now_min - rider.free_min)) if at_restaurant else 0


def _pay_s(rider: Rider, now_min: int, pace: float, settings: Settings) -> float:
    courier = rider.courier
    guaranteed = PAY_PER_HOUR / PAY_PER_ORDER * courier.hours
    left_h = min(courier.hours, (courier.off_min - now_min) / 60)
    expected = expected_orders(rider.taken, pace, left_h)
    return order_price_s(expected, guaranteed, settings.order_pay_s, settings.pay_spread)


def _courier(rider: Rider, settings: Settings, free: tuple[int, int], order_price_s: float) -> PlanCourier:
    start, free_min = free
    return PlanCourier(
        id=rider.courier.id,
        profile=PROFILE,
        capacity=Load(items=settings.bundle_orders),
        start=start,
        available_at_ms=free_min * MINUTE_MS,
        planned=rider.stops,
        shift_end_at_ms=(rider.courier.off_min - HALF_MIN) * MINUTE_MS,
        order_price_s=order_price_s,
    )


def _order(order: DayOrder, slot: dict[int, int]) -> PlanOrder:
    return PlanOrder(_record(order), slot[order.restaurant], slot[order.door], movable=True)


@cache
def _record(order: DayOrder) -> Order:
    """What the planner knows of an order; click-to-door ends half a service after the drop-off begins."""
    return Order(
        id=order.id,
        depot_id="",
        dropoff=_NOWHERE,
        load=_ONE,
        created_at_ms=order.placed_min * MINUTE_MS,
        ready_at_ms=(order.ready_min - HALF_MIN) * MINUTE_MS,
        promise_at_ms=(order.placed_min + TARGET_MIN - HALF_MIN) * MINUTE_MS,
        service_pickup_s=SERVICE_MIN * 60,
        service_dropoff_s=SERVICE_MIN * 60,
    )
