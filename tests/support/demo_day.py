"""A part of a day in virtual time: couriers who ride and serve, orders that come in, and the server's own planner."""

import asyncio
from collections.abc import Callable
from contextlib import AsyncExitStack
from dataclasses import dataclass, field, replace
from random import Random

from dispatch.application.ports import Recorded
from dispatch.application.proposals_scene import PlannerSettings
from dispatch.domain import commands as c
from dispatch.domain import events as e
from dispatch.domain.geo import Point, distance_m
from dispatch.domain.order import Dropoff
from dispatch.domain.route import Stop
from dispatch.planning.problem import Plan, Problem
from tests.support.planned_zone import PlannedZone, planned_zone
from tests.support.zones import order

METRES_A_SECOND = 5.0
"""As fast as the zone's `StraightLines`."""
LOOKS_EVERY_S = 5.0
SEEN_EVERY_S = 20.0
Search = Callable[[Problem, float, int, bool], Plan | None]


@dataclass
class Inline:
    """The solver of the server, run in place: under a virtual clock nobody waits for a process. Its budget is real."""

    search: Search
    budget_s: float

    async def improve(self, problem: Problem, budget_s: float, seed: int, deep: bool = False) -> Plan | None:
        return self.search(problem, self.budget_s, seed, deep)


@dataclass
class Day:
    """What became of it; `unchecked` proposals were dropped because the checker found them wrong."""

    adopted: list[e.PlanAdopted] = field(default_factory=list)
    delivered: int = 0
    unchecked: int = 0

    def heard(self, recorded: Recorded) -> None:
        match recorded.event:
            case e.PlanAdopted():
                self.adopted.append(recorded.event)
            case e.OrderChanged(what="delivered"):
                self.delivered += 1

    def by(self, engine: str, reason: str = "") -> list[e.PlanAdopted]:
        """The plans that an engine, by the beginning of its name, took part in; of one reason only, if one is named."""
        plans = [plan for plan in self.adopted if plan.reason == reason or not reason]
        return [plan for plan in plans if any(name.startswith(engine) for name in plan.engines)]


async def demo_day(
    search: Search,
    *,
    couriers: int = 5,
    orders: int = 50,
    minutes: float = 60.0,
    budget_s: float = 0.05,
    improve_every_s: float = 60.0,
    seed: int = 7,
) -> Day:
    """Orders come evenly by chance; the last quarter of the time is for bringing them. `budget_s` is real."""
    settings = PlannerSettings(improve_every_ms=int(1000 * improve_every_s), improve_least_real_s=improve_every_s)
    day, chance = Day(), Random(seed)
    async with AsyncExitStack() as stack:
        zone = await stack.enter_async_context(planned_zone(settings, solver=Inline(search, budget_s)))
        stack.callback(zone.replica.listen(day.heard))
        riders = [_Rider(zone, f"c{n}", _somewhere(chance)) for n in range(couriers)]
        at_work = [asyncio.create_task(rider.work()) for rider in riders]
        moments_s = sorted(chance.uniform(0, 45 * minutes) for _ in range(orders))
        for n, (before_s, at_s) in enumerate(zip([0.0, *moments_s], moments_s, strict=False)):
            await asyncio.sleep(at_s - before_s)
            made = replace(order(f"o{n}", created_at_ms=zone.clock.now_ms()), dropoff=_door(chance))
            await zone.ask(c.CreateOrder(made))
        await asyncio.sleep(60 * minutes - moments_s[-1])
        for rider in at_work:
            rider.cancel()
        ended = await asyncio.gather(*at_work, return_exceptions=True)
        assert [each for each in ended if isinstance(each, Exception)] == []
        day.unchecked = zone.planner.outcomes["unchecked"]
    return day


def _somewhere(chance: Random) -> Point:
    """Within three kilometres or so of the depots."""
    return Point(chance.uniform(60.145, 60.185), chance.uniform(24.895, 24.975))


def _door(chance: Random) -> Dropoff:
    return Dropoff(_somewhere(chance), "Street 1")


@dataclass
class _Rider:
    """Accepts what is offered, also under way, and serves the first stop of the route as long as there is one."""

    zone: PlannedZone
    id: str
    place: Point

    async def work(self) -> None:
        await self.zone.on_duty(self.id, self.place)
        async with asyncio.TaskGroup() as at_once:
            at_once.create_task(self._accept())
            at_once.create_task(self._serve_stops())

    async def _accept(self) -> None:
        while True:
            for offer in [each for each in self.zone.replica.state.offers.values() if each.courier_id == self.id]:
                await self.zone.ask(c.AcceptOffer(self.id, offer.id))
            await asyncio.sleep(LOOKS_EVERY_S)

    async def _serve_stops(self) -> None:
        while True:
            stops = self.zone.replica.state.route(self.id).stops
            await (self._serve(stops[0]) if stops else self._rest())

    async def _rest(self) -> None:
        await asyncio.sleep(LOOKS_EVERY_S)
        await self.zone.seen(self.id, self.place)

    async def _serve(self, stop: Stop) -> None:
        await self._say(stop, c.StopAction.DEPARTED)
        origin, ride_s = self.place, distance_m(self.place, stop.place) / METRES_A_SECOND
        legs = max(1, round(ride_s / SEEN_EVERY_S))
        for leg in range(1, legs + 1):
            await asyncio.sleep(ride_s / legs)
            self.place = _between(origin, stop.place, leg / legs)
            await self.zone.seen(self.id, self.place)
        await self._say(stop, c.StopAction.ARRIVED)
        waits_s = max(0, stop.earliest_at_ms - self.zone.clock.now_ms()) / 1000
        await asyncio.sleep(waits_s + stop.service_s)
        await self._say(stop, c.StopAction.COMPLETED)

    async def _say(self, stop: Stop, action: c.StopAction) -> None:
        await self.zone.ask(c.ReportProgress(self.id, stop.id, action, self.zone.clock.now_ms()))


def _between(a: Point, b: Point, share: float) -> Point:
    return Point(a.lat + share * (b.lat - a.lat), a.lon + share * (b.lon - a.lon))
