"""A zone under hidden traffic in virtual time: the server's own parts, couriers who feel the true speeds.

Everything that decides is real: the writer and its state, the planner, the live streets, what they learn. Only the
sockets, the database and the clock are not: commands go straight to the writer, and time jumps from event to event.
"""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field
from itertools import count
from typing import Any, TypeVar

import numpy as np

from dispatch.adapters.memory import MemoryEventFeed, MemoryPositionStore, MemoryZoneStore
from dispatch.adapters.memory_learning import MemoryLearningStore
from dispatch.adapters.memory_tracks import MemoryTrackStore
from dispatch.adapters.speed_stores import MemorySpeedStore
from dispatch.application.learnt import Learnt
from dispatch.application.place_learning import PlaceLearning
from dispatch.application.ports import Position, Reply, Request
from dispatch.application.probe_learning import ProbeLearning
from dispatch.application.proposals import Planner
from dispatch.application.proposals_scene import PlannerSettings
from dispatch.application.replica import ZoneReplica
from dispatch.application.traffic_watch import TrafficWatch
from dispatch.application.zone_writer import WriterSettings, ZoneWriter
from dispatch.domain import commands as c
from dispatch.domain.geo import Point
from dispatch.domain.vehicle import Profile
from dispatch.planning.improve import Budget, improve
from dispatch.planning.problem import Plan, Problem
from dispatch.roads.city import City
from dispatch.roads.live import LiveTravelTimes
from dispatch.roads.route import RoadRoute
from dispatch.roads.travel_times import open_travel_times
from simulator.felt_ways import felt_way
from simulator.speed_field import SpeedField, Traffic

T = TypeVar("T")
ZONE = "eta"
DAY_MS = 24 * 3_600_000
FIRST_MIDNIGHT_MS = 1_795_305_600_000
"""A Monday at 0:00 UTC; the field counts hours from here."""


_ITERATIONS = 400
"""Of the search in a round: about what 50 ms give on a small machine."""


_SLOW = WriterSettings(inbox_poll_s=5.0, tick_s=5.0)
"""Nobody writes into the inbox from outside, so the writer need not look."""


class LoopTicker:
    """Technical time is the event loop's."""

    def mono_ms(self) -> int:
        """See `Ticker`."""
        return int(asyncio.get_running_loop().time() * 1000)

    async def sleep(self, seconds: float) -> None:
        """See `Ticker`."""
        await asyncio.sleep(seconds)


class DayClock:
    """Business time runs beside the loop's; nights are skipped."""

    rate = 1.0

    def __init__(self, begins_ms: int) -> None:
        self._ahead_ms = begins_ms - int(asyncio.get_running_loop().time() * 1000)

    def now_ms(self) -> int:
        """See `Clock`."""
        return self._ahead_ms + int(asyncio.get_running_loop().time() * 1000)

    async def sleep_until(self, at_ms: int) -> None:
        """Wait for a moment; nights are skipped, so nobody can sleep it all at once."""
        left_s = (at_ms - self.now_ms()) / 1000
        while left_s > 0:
            await asyncio.sleep(min(left_s, 30.0))
            left_s = (at_ms - self.now_ms()) / 1000

    def skip_to(self, at_ms: int) -> None:
        """It is later now."""
        self._ahead_ms += max(0, at_ms - self.now_ms())


async def inline(work: Callable[[], T]) -> T:
    """Under a virtual clock nobody waits for a thread."""
    return work()


class InlineSolver:
    """The server's search, run in place with a small budget of real time."""

    async def improve(self, problem: Problem, budget_s: float, seed: int, deep: bool = False) -> Plan | None:
        """See `Solver`."""
        del budget_s, deep
        return improve(problem, Budget(iterations=_ITERATIONS), seed)


@dataclass
class World:
    """Handles on the running zone, and the truth beside it."""

    city: City
    truth: SpeedField
    streets: LiveTravelTimes
    clock: DayClock
    replica: ZoneReplica
    writer: ZoneWriter
    positions: MemoryPositionStore
    planner: Planner
    watch: TrafficWatch
    store: MemoryZoneStore
    loops: list[asyncio.Task[Any]] = field(default_factory=list)
    _ids: Any = field(default_factory=lambda: count(1))

    @classmethod
    async def open(cls, city: City, traffic: Traffic, begins_ms: int) -> "World":
        """The zone with its loops running; nobody is in it yet."""
        ticker, clock = LoopTicker(), DayClock(begins_ms)
        store = MemoryZoneStore(ticker)
        await store.ensure_zone(ZONE)
        writer = ZoneWriter(store=store, clock=clock, ticker=ticker, zone_id=ZONE, holder="bench", settings=_SLOW)
        replica = await ZoneReplica.open(ZONE, store, MemoryEventFeed(store), clock)
        streets, positions = open_travel_times(city), MemoryPositionStore()
        speeds, learnt_store = MemorySpeedStore(), MemoryLearningStore()
        probes = ProbeLearning(
            state=replica.state,
            positions=positions,
            network=city.network,
            speeds=speeds,
            learning=learnt_store,
            clock=clock,
            ticker=ticker,
            offload=inline,
        )
        watch = TrafficWatch(
            replica=replica,
            streets=streets,
            clock=clock,
            ticker=ticker,
            offload=inline,
            speeds=speeds,
            history=probes.history,
        )
        learning = PlaceLearning(
            replica=replica,
            events=store,
            tracks=MemoryTrackStore(),
            learning=learnt_store,
            bus=writer,
            clock=clock,
            ticker=ticker,
            offload=inline,
        )
        planner = Planner(
            replica=replica,
            bus=writer,
            positions=positions,
            travel_times=streets,
            solver=InlineSolver(),
            clock=clock,
            ticker=ticker,
            settings=PlannerSettings(offer_mode="assign", improve_every_ms=30_000),
            offload=inline,
            watch=watch,
            learnt=Learnt(replica.state, lambda: learning.service_times),
            new_id=map("plan-{}".format, count(1)).__next__,
        )
        world = cls(
            city, SpeedField(city.network, traffic), streets, clock, replica, writer, positions, planner, watch, store
        )
        world.loops = [
            asyncio.create_task(loop())
            for loop in (writer.run, replica.run, planner.run, watch.run, learning.run, probes.run)
        ]
        return world

    async def close(self) -> None:
        """End the loops; what one of them died of is raised."""
        for loop in self.loops:
            loop.cancel()
        for ended in await asyncio.gather(*self.loops, return_exceptions=True):
            if isinstance(ended, Exception):
                raise ended

    async def ask(self, command: c.Command) -> Reply | None:
        """Ask as a phone or a shop would."""
        return await self.writer.ask(ZONE, Request(f"bench-{next(self._ids)}", "system:bench", command))

    async def seen(self, courier_id: str, place: Point) -> None:
        """A fix comes in."""
        now_ms = self.clock.now_ms()
        await self.positions.put(
            ZONE, [Position(courier_id, 1, next(self._ids), now_ms, now_ms, place.lat, place.lon, 12.0)]
        )

    def field_ms(self) -> int:
        """The moment as the hidden field counts it."""
        return self.clock.now_ms() - FIRST_MIDNIGHT_MS


def true_ride(world: World, profile: Profile, a: Point, b: Point, *, pace: float, depart_ms: int) -> RoadRoute:
    """The way that the server shows from a to b, at the hidden speeds and this rider's pace (see `felt_ways`)."""
    free_ms = world.streets.empty.free(profile).edge_ms
    rides = world.streets.at(0).rides(profile)
    return felt_way(rides, free_ms, world.truth, a, b, pace=pace, depart_ms=depart_ms)


def place_on(way: RoadRoute, ridden_s: float) -> Point:
    """Where on the way somebody is after so many seconds."""
    lat, lon = (float(np.interp(ridden_s, way.reached_s, each)) for each in (way.lat, way.lon))
    return Point(lat, lon)
