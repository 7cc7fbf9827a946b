"""Couriers of the arrival-time benchmark: they do what their route says, at the true speeds, and stay as long as it
takes. Where they really are, and what they are doing, is kept for the oracle."""

import asyncio
from dataclasses import dataclass
from math import exp

from dispatch.domain import commands as c
from dispatch.domain.courier import Courier, Duty
from dispatch.domain.errors import InvalidInput
from dispatch.domain.geo import Point
from dispatch.domain.route import Stop
from dispatch.domain.vehicle import DEFAULT_CAPACITY, Profile
from dispatch.roads.route import RoadRoute
from simulator.benchmarks.eta_world import World, place_on, true_ride
from simulator.chance import Stream, stream
from simulator.motion import blurred

FIX_EVERY_S = 5.0
GPS_SIGMA_M = 6.0
LOOKS_EVERY_S = 5.0
PACE = (0.9, 1.1)
"""Couriers differ."""


@dataclass(frozen=True, slots=True)
class Dwell:
    """How long stops really take, in shares of what the order says: a lasting part for each building or depot, and
    chance (log-normal, with mean 1)."""

    depot_sigma: float = 0.25
    building_sigma: float = 0.3
    chance_sigma: float = 0.35
    mean: float = 1.25
    """The house's figure is too low, as figures of houses are."""


@dataclass
class Rider:
    """One courier at work."""

    world: World
    id: str
    profile: Profile
    place: Point
    dwell: Dwell
    seed: int
    way: RoadRoute | None = None
    set_off_ms: int = 0
    served_since_ms: int = 0
    """When the service of the first stop began; 0 while riding or waiting."""

    def __post_init__(self) -> None:
        self.gps: Stream = stream(self.seed, self.id, "gps")
        self.chance: Stream = stream(self.seed, self.id, "dwells")
        self.pace = float(stream(self.seed, self.id, "pace").uniform(*PACE))

    async def work(self) -> None:
        """Come on duty and serve stops until cancelled."""
        world = self.world
        await world.ask(c.RegisterCourier(Courier(self.id, self.id, self.profile, DEFAULT_CAPACITY[self.profile])))
        await world.seen(self.id, self.place)
        await world.ask(c.SetDuty(self.id, Duty.AVAILABLE))
        while True:
            stops = world.replica.state.route(self.id).stops
            await (self._serve(stops[0]) if stops else self._rest())

    async def _rest(self) -> None:
        await self._fix()
        await asyncio.sleep(LOOKS_EVERY_S)

    async def _fix(self) -> None:
        await self.world.seen(self.id, blurred(self.here(), GPS_SIGMA_M, self.gps))

    def here(self) -> Point:
        """The true place."""
        if self.way is None:
            return self.place
        return place_on(self.way, (self.world.clock.now_ms() - self.set_off_ms) / 1000)

    async def _serve(self, stop: Stop) -> None:
        await self._say(stop, c.StopAction.DEPARTED)
        await self._ride(stop.place)
        await self._say(stop, c.StopAction.ARRIVED)
        await self._stand(max(0.0, (stop.earliest_at_ms - self.world.clock.now_ms()) / 1000))
        self.served_since_ms = self.world.clock.now_ms()
        now = self.world.replica.state.route(self.id).stop(stop.id) or stop
        await self._stand(self.expected_dwell_s(now) * self._luck())
        self.served_since_ms = 0
        await self._say(now, c.StopAction.COMPLETED)

    async def _ride(self, goal: Point) -> None:
        try:
            way = true_ride(self.world, self.profile, self.place, goal, pace=self.pace, depart_ms=self.world.field_ms())
        except InvalidInput:
            return  # a door behind a closure: on foot, at once
        self.way, self.set_off_ms = way, self.world.clock.now_ms()
        await self._stand(way.duration_s)
        self.place, self.way = goal, None

    async def _stand(self, seconds: float) -> None:
        """Let time pass, with fixes."""
        until_ms = self.world.clock.now_ms() + round(1000 * seconds)
        while (left_s := (until_ms - self.world.clock.now_ms()) / 1000) > 0:
            await asyncio.sleep(min(left_s, FIX_EVERY_S))
            await self._fix()

    def expected_dwell_s(self, stop: Stop) -> float:
        """The mean of what this stop takes: what an oracle knows."""
        lasting = stream(self.seed, stop.kind.value, f"{stop.place.lat:.5f} {stop.place.lon:.5f}")
        sigma = self.dwell.depot_sigma if stop.kind.value == "pickup" else self.dwell.building_sigma
        return stop.service_s * self.dwell.mean * exp(float(lasting.normal(0, sigma)) - sigma**2 / 2)

    def _luck(self) -> float:
        sigma = self.dwell.chance_sigma
        return float(self.chance.lognormal(-(sigma**2) / 2, sigma))

    async def _say(self, stop: Stop, action: c.StopAction) -> None:
        await self.world.ask(c.ReportProgress(self.id, stop.id, action, self.world.clock.now_ms()))
