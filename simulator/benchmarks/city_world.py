"""The world of the city benchmark under virtual time: couriers ride, wait for goods and stand at doors; orders appear.

What the policies share is here: a courier sets off for the next stop at once, a stop that is begun stays with its
courier, whoever has nothing to do stands where the last order ended. What they differ in is in `city_policies`.
"""

import heapq
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import count
from typing import Protocol

import numpy as np

from dispatch.domain.order import OrderStatus
from dispatch.domain.route import StopKind
from dispatch.planning.problem import EMPTY, PlanCourier, PlanOrder, PlanStop, Problem, Visit
from dispatch.planning.retime import pace_at
from dispatch.planning.terms import Weights
from simulator.benchmarks.city_day import BEGINS_AT_MS, CAPACITY, PROFILE, Day

S = OrderStatus
Routes = Mapping[str, tuple[PlanStop, ...]]
"""A courier's stops behind the started ones, for each courier whose plan changes."""


class Policy(Protocol):
    """Who decides: when an order comes, and every `every_ms`."""

    name: str
    every_ms: int

    def order_placed(self, world: "World", order_id: str) -> None:
        """An order has just appeared."""
        ...

    def round(self, world: "World") -> None:
        """The time for another look has come."""
        ...


@dataclass(slots=True)
class Rider:
    """One courier. `stops[0]` is begun when `left_at_ms` (riding to it) or `arrived_at_ms` is set.

    `place` is where the last stop was; `free_at_ms` when it was left.
    """

    id: str
    place: int
    stops: list[PlanStop] = field(default_factory=list)
    on_board: list[str] = field(default_factory=list)
    left_at_ms: int = 0
    arrived_at_ms: int = 0

    @property
    def begun(self) -> int:
        """How many stops are begun: one or none."""
        return int(bool(self.left_at_ms or self.arrived_at_ms))


@dataclass(slots=True)
class Record:
    """What happened: when which order reached its door, by whom; and what it took."""

    delivered_at_ms: dict[str, int] = field(default_factory=dict)
    ridden_ms: int = 0
    ridden_m: float = 0.0
    busy_ms: int = 0
    moved_stops: int = 0
    plans: int = 0
    plans_with_ortools: int = 0
    refused_plans: int = 0
    visits: dict[str, list[Visit]] = field(default_factory=dict)
    """What each courier did, visit by visit."""


class World:
    """One day as it happens to one policy."""

    def __init__(self, day: Day) -> None:
        self.day = day
        self.now_ms = BEGINS_AT_MS
        self.version = 0
        self.record = Record()
        self.riders = {courier_id: Rider(courier_id, place) for courier_id, place in day.starts.items()}
        self.orders: dict[str, PlanOrder] = {}
        self._agenda: list[tuple[int, int, Callable[[], None]]] = []
        self._turn = count()
        self._clock = Problem(0, 0, (), {}, {}, pace=day.pace)

    def run(self, policy: Policy, progress: Callable[[float], None] = lambda _share: None) -> Record:
        """Live through the day, until the last order is delivered."""
        for order in self.day.orders:
            self._at(order.order.created_at_ms, lambda order=order: self._placed(policy, order))  # type: ignore[misc]
        self._at(BEGINS_AT_MS + policy.every_ms, lambda: self._round(policy))
        span_ms = self.day.scenario.ends_at_ms - BEGINS_AT_MS
        while self._agenda and (len(self.record.delivered_at_ms) < len(self.day.orders) or self.orders):
            self.now_ms, _, act = heapq.heappop(self._agenda)
            act()
            progress(min(1.0, (self.now_ms - BEGINS_AT_MS) / span_ms))
        return self.record

    def _at(self, at_ms: int, act: Callable[[], None]) -> None:
        heapq.heappush(self._agenda, (at_ms, next(self._turn), act))

    def _placed(self, policy: Policy, order: PlanOrder) -> None:
        self.orders[order.id] = order
        policy.order_placed(self, order.id)

    def _round(self, policy: Policy) -> None:
        policy.round(self)
        self._at(self.now_ms + policy.every_ms, lambda: self._round(policy))

    # --- what couriers do --------------------------------------------------------------------------------------

    def _set_off(self, rider: Rider) -> None:
        stop = rider.stops[0]
        there = self._place(stop)
        ride_ms = int(self.day.leg_ms[rider.place, there] * pace_at(self._clock, self.now_ms) + 0.5)
        self.record.ridden_ms += ride_ms
        self.record.ridden_m += float(self.day.leg_m[rider.place, there])
        rider.left_at_ms = self.now_ms
        if stop.kind is StopKind.PICKUP:
            self._mark(stop.order_ids, S.EN_ROUTE_PICKUP, rider.id)
        self._at(self.now_ms + ride_ms, lambda: self._arrive(rider))

    def _arrive(self, rider: Rider) -> None:
        stop = rider.stops[0]
        rider.place, rider.arrived_at_ms = self._place(stop), self.now_ms
        rider.stops[0] = replace(stop, arrived_at_ms=self.now_ms)
        begins_ms = max(self.now_ms, self._earliest_ms(stop))
        if stop.kind is StopKind.DROPOFF:
            self.record.delivered_at_ms |= dict.fromkeys(stop.order_ids, begins_ms)
        lasts_ms = round(self._clock_service_ms(stop) * self.day.luck[stop.kind, stop.order_ids[0]])
        self.record.busy_ms += self.now_ms - rider.left_at_ms + begins_ms - self.now_ms + lasts_ms
        self._at(begins_ms + lasts_ms, lambda: self._finish(rider))

    def _finish(self, rider: Rider) -> None:
        stop = rider.stops.pop(0)
        self.record.visits.setdefault(rider.id, []).extend((stop.kind, order_id) for order_id in stop.order_ids)
        rider.left_at_ms = rider.arrived_at_ms = 0
        if stop.kind is StopKind.PICKUP:
            self._mark(stop.order_ids, S.PICKED_UP, rider.id)
            rider.on_board += stop.order_ids
        else:
            for order_id in stop.order_ids:
                rider.on_board.remove(order_id)
                del self.orders[order_id]
        self.version += 1
        if rider.stops:
            self._set_off(rider)

    def _mark(self, order_ids: Iterable[str], status: OrderStatus, courier_id: str) -> None:
        for order_id in order_ids:
            order = self.orders[order_id]
            changed = replace(order.order, status=status, courier_id=courier_id)
            movable = status in (S.DISPATCHABLE, S.ASSIGNED)
            self.orders[order_id] = replace(order, order=changed, movable=movable)

    def _place(self, stop: PlanStop) -> int:
        order = self.orders[stop.order_ids[0]]
        return order.pickup if stop.kind is StopKind.PICKUP else order.dropoff

    def _earliest_ms(self, stop: PlanStop) -> int:
        if stop.kind is StopKind.DROPOFF:
            return 0
        return max(self.orders[order_id].order.ready_at_ms for order_id in stop.order_ids)

    def _clock_service_ms(self, stop: PlanStop) -> int:
        return replace(self._clock, orders=self.orders).service_ms(stop)

    # --- what policies see and do ------------------------------------------------------------------------------

    def picture(self, weights: Weights | None = None) -> Problem:
        """The world as a problem, over the places that it needs."""
        used = {*self.day.depots, *(rider.place for rider in self.riders.values())}
        used |= {order.dropoff for order in self.orders.values()}
        places = sorted(used)
        new = {place: k for k, place in enumerate(places)}
        return Problem(
            self.version,
            self.now_ms,
            tuple(self._courier(rider, new[rider.place]) for rider in self.riders.values()),
            {o.id: replace(o, pickup=new[o.pickup], dropoff=new[o.dropoff]) for o in self.orders.values()},
            {PROFILE: self.day.leg_ms[np.ix_(places, places)]},
            weights or Weights(),
            self.day.pace,
        )

    def _courier(self, rider: Rider, start: int) -> PlanCourier:
        riding = rider.left_at_ms and not rider.arrived_at_ms
        return PlanCourier(
            rider.id,
            PROFILE,
            CAPACITY,
            start,
            rider.left_at_ms if riding else self.now_ms,
            tuple(rider.stops[: rider.begun]),
            tuple(rider.stops[rider.begun :]),
            sum((self.orders[order_id].order.load for order_id in rider.on_board), EMPTY),
        )

    def adopt(self, routes: Routes, engines: Sequence[str] = ()) -> None:
        """New stops behind the begun ones; whoever stands idle sets off."""
        self._count_moves(routes)
        for courier_id, stops in routes.items():
            rider = self.riders[courier_id]
            rider.stops[rider.begun :] = stops
            for stop in stops:
                if stop.kind is StopKind.PICKUP:
                    self._mark(stop.order_ids, S.ASSIGNED, courier_id)
        for courier_id in routes:
            rider = self.riders[courier_id]
            if rider.stops and not rider.begun:
                self._set_off(rider)
        self.version += 1
        self.record.plans += 1
        self.record.plans_with_ortools += any(engine.startswith("ortools") for engine in engines)

    def _count_moves(self, routes: Routes) -> None:
        """Stops that leave the courier who had them for another one."""
        for courier_id, stops in routes.items():
            for stop in stops:
                for order_id in stop.order_ids:
                    before = self.orders[order_id].order.courier_id
                    self.record.moved_stops += bool(before) and before != courier_id
