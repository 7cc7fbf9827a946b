"""A zone in full swing for the decision benchmark: the real writer, replica, planner and solver, in memory."""

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from itertools import count
from time import perf_counter, thread_time
from typing import TypeVar

from dispatch.adapters.clocks import SystemClock, SystemTicker
from dispatch.adapters.memory import MemoryEventFeed, MemoryPositionStore, MemoryZoneStore
from dispatch.application.ports import Clock, Position, Recorded, Reply, Request, Solver, TravelTimes
from dispatch.application.proposals import Planner
from dispatch.application.proposals_scene import PlannerSettings
from dispatch.application.replica import ZoneReplica
from dispatch.application.zone_writer import ZoneWriter
from dispatch.domain import commands as c
from dispatch.domain.courier import Courier, Duty
from dispatch.domain.depot import Depot
from dispatch.domain.events import OrderCreated
from dispatch.domain.geo import Point, distance_m
from dispatch.domain.order import Dropoff, Order, OrderStatus
from dispatch.domain.vehicle import DEFAULT_CAPACITY, Load, Profile
from dispatch.planning.problem import Plan, Problem
from dispatch.roads.city import City
from simulator.chance import Stream, stream

T = TypeVar("T")
ZONE = "bench"
PROFILE = Profile.EBIKE
COURIERS_PER_ORDER = 0.3
ORDERS_PER_DEPOT = 60
REACH_M = 2_500.0
"""Customers live, and couriers begin, within this of a depot."""
PROMISE_MS = 45 * 60_000
BURST = 64
"""Orders that come at once while the zone is filled."""
BEGUN_SHARE = 0.4
"""Couriers who have the goods of their first stop on board when the measuring begins."""
REPORT_EVERY_S = 2.0
_PATIENCE_S = 30.0


@dataclass(eq=False)
class TimedBus:
    """The writer's bus, which notes when the plan that places an order is proposed, in seconds of `perf_counter`."""

    writer: ZoneWriter
    placed_at_s: dict[str, float] = field(default_factory=dict)

    async def ask(self, zone_id: str, request: Request, timeout_s: float = 2.0) -> Reply | None:
        """See `CommandBus`."""
        if isinstance(request.command, c.AdoptPlan):
            now_s = perf_counter()
            for route in request.command.routes:
                for order_id in {order_id for stop in route.stops for order_id in stop.order_ids}:
                    self.placed_at_s.setdefault(order_id, now_s)
        return await self.writer.ask(zone_id, request, timeout_s)


@dataclass(eq=False)
class TimedWork:
    """Offloads to threads as the server does; notes (began, ended, ms of the thread's processor time) of each piece."""

    pieces: list[tuple[float, float, float]] = field(default_factory=list)

    async def __call__(self, work: Callable[[], T]) -> T:
        """See `Offload`."""
        return await asyncio.to_thread(lambda: self._timed(work))

    def _timed(self, work: Callable[[], T]) -> T:
        began_s, before_s = perf_counter(), thread_time()
        try:
            return work()
        finally:
            self.pieces.append((began_s, perf_counter(), (thread_time() - before_s) * 1000))

    def between_ms(self, from_s: float, to_s: float) -> float:
        """The processor time of what began and ended between two moments."""
        return sum(cpu_ms for began_s, ended_s, cpu_ms in self.pieces if from_s <= began_s and ended_s <= to_s)


@dataclass(eq=False)
class AskedSolver:
    """A solver that counts how often it was asked."""

    solver: Solver
    asked: int = 0

    async def improve(self, problem: Problem, budget_s: float, seed: int, deep: bool = False) -> Plan | None:
        """See `Solver`."""
        self.asked += 1
        return await self.solver.improve(problem, budget_s, seed, deep)


@dataclass(eq=False)
class LoopSteps:
    """How long the event loop's own thread worked without a pause, in ms of its processor time."""

    busy_ms: list[float] = field(default_factory=list)

    async def watch(self) -> None:
        """Note every pause, for ever."""
        while True:
            before_s = thread_time()
            await asyncio.sleep(0.001)
            self.busy_ms.append((thread_time() - before_s) * 1000)


class Town:
    """Who orders where: depots spread over a city, customers and couriers around them, all from one seed."""

    def __init__(self, city: City, depots: int, seed: int) -> None:
        self._chance: Stream = stream(seed, "decision")
        places = [address.place for address in city.addresses]
        self.depots = {f"d{k}": places[int(self._chance.integers(len(places)))] for k in range(depots)}
        self._around = {
            depot_id: [place for place in places[:: max(1, len(places) // 20_000)] if distance_m(place, at) <= REACH_M]
            or [at]
            for depot_id, at in self.depots.items()
        }
        self._numbers = count(1)

    def spot(self) -> tuple[str, Point]:
        """A place within reach of a depot, and that depot."""
        depot_id = list(self.depots)[int(self._chance.integers(len(self.depots)))]
        around = self._around[depot_id]
        return depot_id, around[int(self._chance.integers(len(around)))]

    def order(self, now_ms: int) -> Order:
        """An order placed now."""
        depot_id, place = self.spot()
        weight_g = int(min(8_000, 400 + self._chance.lognormal(7.4, 0.6)))
        return Order(
            f"o{next(self._numbers)}",
            depot_id,
            Dropoff(place, "A street"),
            Load(weight_g, 3 * weight_g, 1),
            created_at_ms=now_ms,
            ready_at_ms=now_ms + int(self._chance.uniform(0, 600_000)),
            promise_at_ms=now_ms + PROMISE_MS,
            service_pickup_s=60,
            service_dropoff_s=90,
        )

    def chosen(self, ids: Sequence[str], share: float) -> list[str]:
        """About this share of them."""
        return [each for each in ids if self._chance.random() < share]


@dataclass(eq=False)
class BenchZone:
    """Handles on a running zone."""

    town: Town
    clock: Clock
    replica: ZoneReplica
    writer: ZoneWriter
    positions: MemoryPositionStore
    planner: Planner
    bus: TimedBus
    work: TimedWork
    solver: AskedSolver
    heard_at_s: dict[str, float] = field(default_factory=dict)
    _numbers: Iterator[int] = field(default_factory=lambda: count(1))

    async def ask(self, *commands: c.Command) -> None:
        """Have commands done, all at once; a refusal is an error here."""
        requests = [Request(f"bench-{next(self._numbers)}", "staff:bench", command) for command in commands]
        replies = await asyncio.gather(*(self.writer.ask(ZONE, request, 30.0) for request in requests))
        refused = [reply.code if reply else "unanswered" for reply in replies if not (reply and reply.ok)]
        if refused:
            raise AssertionError(f"the zone refuses: {refused[0]}")

    def hear(self, recorded: Recorded) -> None:
        """Note when the planner's replica learnt of an order."""
        if isinstance(recorded.event, OrderCreated):
            self.heard_at_s[recorded.event.order.id] = perf_counter()

    async def order_now(self, orders: int = 1) -> list[str]:
        """Orders come in, together; returns when all have found a courier (or nobody could take them)."""
        new = [self.town.order(self.clock.now_ms()) for _ in range(orders)]
        await self.ask(*(c.CreateOrder(order) for order in new))
        ids = [order.id for order in new]
        await _until(lambda: all(map(self._answered, ids)))
        return ids

    def _answered(self, order_id: str) -> bool:
        order = self.replica.state.orders.get(order_id)
        return order is not None and bool(order.courier_id or order.reason)

    def planning_ms(self, order_id: str) -> tuple[float, float] | None:
        """(wall time, processor time) from hearing of an order to the proposal that places it; None: nobody took it."""
        placed_at_s = self.bus.placed_at_s.get(order_id)
        if placed_at_s is None:
            return None
        heard_at_s = self.heard_at_s[order_id]
        return (placed_at_s - heard_at_s) * 1000, self.work.between_ms(heard_at_s, placed_at_s)

    async def round_s(self) -> float | None:
        """How long a round of improvement took, from the look to the last answer; None when nobody was due."""
        asked, began_s = self.solver.asked, perf_counter()
        await self.planner.improving.improve()
        return perf_counter() - began_s if self.solver.asked > asked else None

    async def report_places(self) -> None:
        """Every courier's app reports where they are, every two seconds, for ever."""
        places = {courier_id: self.town.spot()[1] for courier_id in self.replica.state.couriers}
        for seq in count(1):
            now_ms = self.clock.now_ms()
            await self.positions.put(
                ZONE, [Position(who, 1, seq, now_ms, now_ms, at.lat, at.lon) for who, at in places.items()]
            )
            await asyncio.sleep(REPORT_EVERY_S)


async def _until(holds: Callable[[], bool]) -> None:
    deadline_s = perf_counter() + _PATIENCE_S
    while not holds():
        if perf_counter() > deadline_s:
            raise AssertionError("the planner does not get its work done")
        await asyncio.sleep(0.001)


@asynccontextmanager
async def bench_zone(
    city: City, travel_times: TravelTimes, solver: Solver, orders: int, seed: int
) -> AsyncIterator[BenchZone]:
    """A zone with about so many open orders, three couriers for ten of them, and its planner running."""
    ticker, clock = SystemTicker(), SystemClock()
    store = MemoryZoneStore(ticker)
    writer = ZoneWriter(store=store, clock=clock, ticker=ticker, zone_id=ZONE, holder="bench")
    await store.ensure_zone(ZONE)
    replica = await ZoneReplica.open(ZONE, store, MemoryEventFeed(store), clock)
    positions, bus = MemoryPositionStore(), TimedBus(writer)
    work, asked = TimedWork(), AskedSolver(solver)
    planner = Planner(
        replica=replica,
        bus=bus,
        positions=positions,
        travel_times=travel_times,
        solver=asked,
        clock=clock,
        ticker=ticker,
        settings=replace(PlannerSettings(), offer_mode="assign", coalesce_real_s=0.0),
        offload=work,
    )
    town = Town(city, max(2, orders // ORDERS_PER_DEPOT), seed)
    zone = BenchZone(town, clock, replica, writer, positions, planner, bus, work, asked)
    replica.listen(zone.hear)
    running = [asyncio.create_task(loop) for loop in (writer.run(), replica.run(), planner.run())]
    try:
        await _people(zone, max(2, round(orders * COURIERS_PER_ORDER)))
        running.append(asyncio.create_task(zone.report_places()))
        await _fill(zone, orders)
        yield zone
    finally:
        for task in running:
            task.cancel()
        for ended in await asyncio.gather(*running, return_exceptions=True):
            if isinstance(ended, Exception):
                raise ended


async def _people(zone: BenchZone, couriers: int) -> None:
    await zone.ask(*(c.RegisterDepot(Depot(d, d, place, "A street")) for d, place in zone.town.depots.items()))
    team = [Courier(f"c{k}", f"c{k}", PROFILE, DEFAULT_CAPACITY[PROFILE]) for k in range(couriers)]
    await zone.ask(*map(c.RegisterCourier, team))
    await zone.ask(*(c.SetDuty(courier.id, Duty.AVAILABLE) for courier in team))


async def _fill(zone: BenchZone, orders: int) -> None:
    """Orders in bursts until so many are open, placed by the planner itself; then some couriers have begun."""
    for first in range(0, orders, BURST):
        await zone.order_now(min(BURST, orders - first))
    state = zone.replica.state
    busy = [courier_id for courier_id, route in state.routes.items() if route.stops]
    for courier_id in zone.town.chosen(busy, BEGUN_SHARE):
        stop = state.route(courier_id).stops[0]
        if all(state.orders[o].status is OrderStatus.ASSIGNED for o in stop.order_ids):
            await zone.ask(c.ReportProgress(courier_id, stop.id, c.StopAction.COMPLETED, zone.clock.now_ms()))
