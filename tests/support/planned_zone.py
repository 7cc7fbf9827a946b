"""A zone with its planner at work: the real writer, replica and planner on stores in memory, in virtual time."""

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from itertools import count
from typing import Any, TypeVar

import numpy as np
import numpy.typing as npt

from dispatch.adapters.memory import MemoryEventFeed, MemoryPositionStore, MemoryZoneStore
from dispatch.application.ports import Position, Reply, Request
from dispatch.application.proposals import Planner
from dispatch.application.proposals_scene import PlannerSettings
from dispatch.application.replica import ZoneReplica
from dispatch.application.traffic_watch import TrafficWatch
from dispatch.application.zone_writer import ZoneWriter
from dispatch.domain import commands as c
from dispatch.domain.courier import Duty
from dispatch.domain.errors import InvalidInput
from dispatch.domain.geo import Point, distance_m
from dispatch.domain.vehicle import Profile
from dispatch.planning.problem import Plan, Problem
from dispatch.roads.live import LiveTravelTimes
from tests.support.zones import NOON_MS, courier, depot

T = TypeVar("T")
ZONE = "test"
NEAR_DEPOT = Point(60.165, 24.936)
FAR_AWAY = Point(60.20, 25.05)
AT_SEA = Point(59.0, 24.0)


class StraightLines:
    """`TravelTimes` as the crow flies at 5 m/s; south of 59.5 degrees there is no street at all."""

    def __init__(self) -> None:
        self.asked = 0
        self.pairs = 0

    version = 0

    def at(self, at_ms: int) -> "StraightLines":
        del at_ms
        return self

    def pace(self, profile: Profile) -> tuple[tuple[int, float], ...]:
        del profile
        return ()

    def matrix_s(self, profile: Profile, sources: Sequence[Point], targets: Sequence[Point]) -> npt.NDArray[np.float32]:
        del profile
        if any(place.lat < 59.5 for place in (*sources, *targets)):
            raise InvalidInput("off_network", "There is no street.")
        self.asked += 1
        self.pairs += len(sources) * len(targets)
        return np.array([[distance_m(a, b) / 5 for b in targets] for a in sources], dtype=np.float32)

    def route(self, profile: Profile, a: Point, b: Point) -> Any:
        raise AssertionError("the planner draws no lines")


class LoopTicker:
    """Technical time is the event loop's."""

    def mono_ms(self) -> int:
        return int(asyncio.get_running_loop().time() * 1000)

    async def sleep(self, seconds: float) -> None:
        await asyncio.sleep(seconds)


class LoopClock:
    """Business time runs at a rate beside the event loop's."""

    def __init__(self, rate: float = 1.0) -> None:
        self.rate = rate

    def now_ms(self) -> int:
        return NOON_MS + int(asyncio.get_running_loop().time() * 1000 * self.rate)


@dataclass
class FakeSolver:
    """Answers with what it is told to; counts how often it is asked."""

    answer: Callable[[Problem], Plan | None] = lambda problem: None
    asked: int = 0
    asked_deeply: int = 0

    async def improve(self, problem: Problem, budget_s: float, seed: int, deep: bool = False) -> Plan | None:
        self.asked += 1
        self.asked_deeply += deep
        await asyncio.sleep(budget_s)
        return self.answer(problem)


async def inline(work: Callable[[], T]) -> T:
    """Runs work at once: under a virtual clock nobody waits for it."""
    return work()


@dataclass
class PlannedZone:
    """Handles on a running zone."""

    store: MemoryZoneStore
    writer: ZoneWriter
    replica: ZoneReplica
    positions: MemoryPositionStore
    planner: Planner
    clock: LoopClock
    travel_times: StraightLines | LiveTravelTimes
    ids: Any = field(default_factory=lambda: count(1))

    async def ask(self, command: c.Command) -> Reply:
        """Ask as a person would; the reply must come."""
        reply = await self.writer.ask(ZONE, Request(f"test-{next(self.ids)}", "staff:test", command))
        assert reply is not None
        return reply

    async def on_duty(
        self, courier_id: str, place: Point | None = NEAR_DEPOT, profile: Profile = Profile.EBIKE
    ) -> None:
        """A courier goes on duty, and is seen at a place."""
        await self.ask(c.RegisterCourier(courier(courier_id, profile)))
        if place:
            await self.seen(courier_id, place)
        await self.ask(c.SetDuty(courier_id, Duty.AVAILABLE))

    async def seen(self, courier_id: str, place: Point) -> None:
        """A position comes in."""
        now_ms = self.clock.now_ms()
        await self.positions.put(ZONE, [Position(courier_id, 1, next(self.ids), now_ms, now_ms, place.lat, place.lon)])


@asynccontextmanager
async def planned_zone(
    settings: PlannerSettings | None = None, rate: float = 1.0, solver: FakeSolver | None = None, **options: Any
) -> AsyncIterator[PlannedZone]:
    """A zone with two depots, its writer and its planner running."""
    ticker, clock = LoopTicker(), LoopClock(rate)
    store = MemoryZoneStore(ticker)
    writer = ZoneWriter(store=store, clock=clock, ticker=ticker, zone_id=ZONE, holder="test")
    await store.ensure_zone(ZONE)
    replica = await ZoneReplica.open(ZONE, store, MemoryEventFeed(store), clock)
    positions, travel_times = MemoryPositionStore(), options.pop("travel_times", None) or StraightLines()
    watch = None
    if isinstance(travel_times, LiveTravelTimes):
        speeds = options.pop("speeds", None)
        watch = TrafficWatch(
            replica=replica, streets=travel_times, clock=clock, ticker=ticker, offload=inline, speeds=speeds
        )
    planner = Planner(
        replica=replica,
        bus=options.pop("bus", writer),
        positions=positions,
        travel_times=travel_times,
        solver=solver or FakeSolver(),
        clock=clock,
        ticker=ticker,
        settings=settings,
        watch=watch,
        learnt=options.pop("learnt", None),
        offload=options.pop("offload", inline),
        new_id=map("plan-{}".format, count(1)).__next__,
    )
    zone = PlannedZone(store, writer, replica, positions, planner, clock, travel_times)
    loops = [writer.run(), replica.run(), planner.run(), *([watch.run()] if watch else [])]
    tasks = [asyncio.create_task(running) for running in loops]
    for depot_id in ("d1", "d2"):
        await zone.ask(c.RegisterDepot(depot(depot_id)))
    try:
        yield zone
    finally:
        for task in tasks:
            task.cancel()
        ended = await asyncio.gather(*tasks, return_exceptions=True)
        failures = [e for e in ended if isinstance(e, Exception)]
        assert failures == []


async def until(holds: Callable[[], bool], within_s: float = 5.0) -> float:
    """Wait in virtual time until something holds; returns how long it took. Fails after `within_s`."""
    loop = asyncio.get_running_loop()
    started = loop.time()
    while not holds():
        assert loop.time() - started < within_s, "it never happened"
        await asyncio.sleep(0.001)
    return loop.time() - started
