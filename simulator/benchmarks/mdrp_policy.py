"""How a published day is dispatched: by the planner of the server, and a few figures that say what matters that day.

Each decision is a `Problem` over what is known: the couriers from where and when they will be free, with the plan of
the decision before; the orders not yet picked up. The planner inserts, searches and assigns; this module translates,
and sends idle couriers ahead. A pickup counts half its service after it began, so goods that are ready at r may begin
to be fetched at r - 2 min; that is their ready time here.
"""

from dataclasses import dataclass, field, replace

import numpy as np
import numpy.typing as npt

from dispatch.domain.geo import Point
from dispatch.domain.order import Dropoff, Order
from dispatch.domain.route import StopKind
from dispatch.domain.vehicle import Load, Profile
from dispatch.planning.fairness import expected_orders, order_price_s
from dispatch.planning.improve import Budget, search_routes
from dispatch.planning.preposition import Outlook, absence_s, best_moves
from dispatch.planning.problem import PlanCourier, PlanOrder, PlanStop, Problem, Rules
from dispatch.planning.search.encode import Encoded, encode
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
    over_target: float = 0.5
    travel: float = 0.0
    unserved_s: float = 30_000.0
    order_pay_s: float = 240.0
    pay_spread: float = 1.0
    absence: float = 0.05
    watched: int = 60
    iterations: int = 60
    iterations_per_order: float = 3.0
    hot: float = 0.02
    nearest: int = 60
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
        encoded = encode(problem_of(scene, riders, self.settings, self._prices_s(scene, riders)))
        self._narrow(encoded, scene, riders)
        iterations = self.settings.iterations + round(self.settings.iterations_per_order * len(scene.open))
        budget = Budget(iterations, hot=self.settings.hot)
        routes, _ = search_routes(encoded, budget, self.seed + self.decisions)
        for rider, stops in zip(riders, routes, strict=True):
            rider.plan(stops, scene.now_min)

    def _counts(self, rider: Rider, now_min: int) -> bool:
        """Whether a courier can be planned: on duty, free soon, and still there for pickups then."""
        soon_min = now_min + self.settings.look_ahead_min
        here = rider.courier.on_min <= soon_min and rider.courier.off_min >= now_min
        return bool(rider.stops) or (here and rider.free_min <= soon_min)

    def _narrow(self, encoded: Encoded, scene: Scene, riders: list[Rider]) -> None:
        """Let each order look only at those who can be at its restaurant first, and at who has it."""
        if len(riders) <= self.settings.nearest:
            return
        orders = [scene.open[order_id] for order_id in encoded.order_ids]
        free = np.array([max(rider.free_min, scene.now_min) for rider in riders])
        minutes = scene.day.minutes[np.ix_([o.restaurant for o in orders], [rider.place for rider in riders])] + free
        far = np.argsort(minutes, axis=1, kind="stable")[:, self.settings.nearest :]
        holder = {o: k for k, rider in enumerate(riders) for stop in rider.stops for o in stop.order_ids}
        tax = encoded.instance.tax
        kept = {(r, holder[o.id]): tax[r, holder[o.id]] for r, o in enumerate(orders) if o.id in holder}
        np.put_along_axis(tax, far, np.inf, axis=1)
        for cell, price in kept.items():
            tax[cell] = price

    def _rates(self, now_min: int) -> Floats:
        """[restaurants] orders a second."""
        restaurants = range(len(self.day.restaurants))
        return np.array([self.rates.per_s(str(restaurant), now_min * MINUTE_MS) for restaurant in restaurants])

    def _prices_s(self, scene: Scene, riders: list[Rider]) -> list[float]:
        """What one more order costs with each rider: pay beyond the guarantee, and their absence where they stand."""
        rates = self._rates(scene.now_min)
        on_duty = sum(r.courier.on_min <= scene.now_min < r.courier.off_min for r in scene.riders)
        pace = 3_600 * float(rates.sum()) / max(1, on_duty)
        pays_s = [_pay_s(rider, scene.now_min, pace, self.settings) for rider in riders]
        if not self.settings.absence:
            return pays_s
        busiest = _busiest(rates, self.settings.watched)
        here_s, then_s = (
            60.0 * np.array([_arrivals_min(scene, rider, busiest, stops) for rider, stops in ways])
            for ways in ([(r, ()) for r in riders], [(r, r.stops) for r in riders])
        )
        left_s = np.array([60.0 * (rider.courier.off_min - scene.now_min) for rider in riders])
        absence = absence_s(here_s, then_s, rates[busiest], left_s, self.settings.outlook)
        return [float(price_s) for price_s in self.settings.absence * absence + pays_s]

    def _send_ahead(self, scene: Scene) -> None:
        rates = self._rates(scene.now_min)
        busiest = _busiest(rates, self.settings.busiest)
        riders = [rider for rider in scene.riders if self._counts(rider, scene.now_min)]
        idle = [k for k, r in enumerate(riders) if r.idle(scene.now_min) and r.place not in busiest]
        if not idle or not rates.any():
            return
        arrive_s = 60.0 * np.array([_arrivals_min(scene, rider, busiest, rider.stops) for rider in riders])
        between_s: Floats = 60.0 * self.day.minutes[np.ix_(busiest, busiest)].astype(np.float64)
        for move in best_moves(arrive_s, idle, between_s, rates[busiest], self.settings.outlook):
            scene.ride(riders[move.courier], int(busiest[move.depot]))


def _busiest(rates: Floats, count: int) -> Ints:
    return np.argsort(-rates, kind="stable")[:count].astype(np.int64)


def _arrivals_min(scene: Scene, rider: Rider, restaurants: Ints, stops: tuple[PlanStop, ...]) -> Floats:
    """In how many minutes a courier can be at each restaurant, behind these stops; inf: not any more."""
    place, free_min = rider.place, max(rider.free_min, scene.now_min)
    for stop in stops:
        orders = [scene.open[order_id] for order_id in stop.order_ids]
        fetch = stop.kind is StopKind.PICKUP
        there = orders[0].restaurant if fetch else orders[0].door
        begin_min = free_min + int(scene.day.minutes[place, there])
        if fetch:
            begin_min = max(begin_min, *(order.ready_min - HALF_MIN for order in orders))
        place, free_min = there, begin_min + SERVICE_MIN
    at_min = free_min + scene.day.minutes[place, restaurants]
    return np.where(at_min <= rider.courier.off_min, at_min - float(scene.now_min), np.inf)


def problem_of(scene: Scene, riders: list[Rider], settings: Settings, prices_s: list[float]) -> Problem:
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
        courier = _courier(rider, settings, start, max(rider.free_min, scene.now_min) - early_min)
        couriers.append(replace(courier, order_price_s=prices_s[k]))
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


def _courier(rider: Rider, settings: Settings, start: int, free_min: int) -> PlanCourier:
    return PlanCourier(
        id=rider.courier.id,
        profile=PROFILE,
        capacity=Load(items=settings.bundle_orders),
        start=start,
        available_at_ms=free_min * MINUTE_MS,
        planned=rider.stops,
        shift_end_at_ms=(rider.courier.off_min - HALF_MIN) * MINUTE_MS,
    )


def _order(order: DayOrder, slot: dict[int, int]) -> PlanOrder:
    """Click-to-door ends half a service after the drop-off begins."""
    record = Order(
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
    return PlanOrder(record, slot[order.restaurant], slot[order.door], movable=True)
