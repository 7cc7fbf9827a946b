"""The zone's own couriers as probes: their tracks become measured speeds now, and habits of the hour for later.

Beside the planner. Of each courier who rides to a stop, the fixes are kept until they are there. Every `EVERY_S` the
newest minutes of each ride are matched to the streets and handed to `roads.probes`; what these say of every profile
goes into the cache that all processes of the zone read. A ride that is over teaches the habits, once and as a whole.
"""

import asyncio
import logging
from base64 import b64decode, b64encode
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Final

from dispatch.application.learning_ports import LearningStore
from dispatch.application.measured_speeds import SpeedStore, probes_of
from dispatch.application.ports import Clock, Position, PositionStore, StoreUnavailable, Ticker
from dispatch.application.proposals_scene import Offload
from dispatch.domain.errors import InvalidInput
from dispatch.domain.geo import Point
from dispatch.domain.route import StopState
from dispatch.domain.vehicle import Profile
from dispatch.domain.zone import ZoneState
from dispatch.roads.conditions import LiveSpeeds, SpeedHistory
from dispatch.roads.matching import Matcher, Track
from dispatch.roads.network import Network
from dispatch.roads.observations import Observations, observed
from dispatch.roads.probes import ProbeSpeeds
from dispatch.roads.speed_history import LearntHabits
from dispatch.roads.turns import TurnTimes

log = logging.getLogger(__name__)

EVERY_S: Final = 20.0
WINDOW_MS: Final = 240_000
LEAST_FIXES: Final = 3
MOST_FIXES: Final = 2_000
KEPT_EVERY: Final = 90
"""Rounds between two writings of the habits: half an hour."""
HABITS: Final = "street_habits"
HOUR_MS: Final = 3_600_000
_LEARNS: Final = frozenset(Profile) - {Profile.FOOT}


@dataclass
class _Ride:
    """One courier's way to one stop."""

    number: int
    profile: Profile
    stop_id: str
    fixes: list[tuple[int, Point, float | None]] = field(default_factory=list)
    taken: int = 0
    """How many of them have been matched."""

    def newest(self) -> list[tuple[int, Point, float | None]]:
        """The fixes of the last minutes."""
        since_ms = self.fixes[-1][0] - WINDOW_MS
        return [fix for fix in self.fixes if fix[0] >= since_ms]


class ProbeLearning:
    """Learns for one zone."""

    def __init__(
        self,
        *,
        state: ZoneState,
        positions: PositionStore,
        network: Network,
        speeds: SpeedStore,
        learning: LearningStore,
        clock: Clock,
        ticker: Ticker,
        offload: Offload = asyncio.to_thread,
    ) -> None:
        self.counters: Counter[str] = Counter({"probe_fixes": 0, "probe_edges": 0, "probe_rides": 0})
        self._state = state
        self._positions = positions
        self._network = network
        self._speeds = speeds
        self._learning = learning
        self._clock = clock
        self._ticker = ticker
        self._offload = offload
        self._offset_ms = round(float(network.node_lon.mean()) / 15) * HOUR_MS
        self._habits = LearntHabits(network, self._offset_ms)
        self._probes = ProbeSpeeds(network, self._habits)
        self._matchers: dict[Profile, Matcher] = {}
        self._turns: dict[Profile, TurnTimes] = {}
        self._rides: dict[str, _Ride] = {}
        self._over: list[_Ride] = []
        self._numbers = 0
        self._rounds = 0

    def history(self) -> SpeedHistory:
        """The habits of the streets, for `TrafficWatch`."""
        return self._habits

    async def run(self) -> None:
        """Learn for ever; a bug here costs what would have been learnt, never the orders of the zone."""
        await self._recall()
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(self._follow())
            tasks.create_task(self._learn_for_ever())

    async def _recall(self) -> None:
        try:
            kept = await self._learning.note(self._state.zone_id, HABITS)
            if kept:
                self._habits = LearntHabits.from_bytes(self._network, b64decode(kept), self._offset_ms)
                self._probes = ProbeSpeeds(self._network, self._habits)
        except (StoreUnavailable, InvalidInput, ValueError, KeyError):
            log.warning("zone %s: the habits of the streets are learnt anew", self._state.zone_id)

    # --- fixes -------------------------------------------------------------------------------------------------

    async def _follow(self) -> None:
        async for positions in self._positions.follow(self._state.zone_id):
            for position in positions:
                self.seen(position)

    def seen(self, position: Position) -> None:
        """Take a fix in, if its courier is riding to a stop."""
        courier = self._state.couriers.get(position.courier_id)
        stops = self._state.route(position.courier_id).stops
        riding = bool(stops) and stops[0].state is StopState.EN_ROUTE
        ride = self._rides.get(position.courier_id)
        if ride and (not riding or ride.stop_id != stops[0].id):
            self._over.append(self._rides.pop(position.courier_id))
            ride = None
        if not riding or courier is None or courier.profile not in _LEARNS or position.mock:
            return
        if ride is None:
            self._numbers += 1
            ride = self._rides[position.courier_id] = _Ride(self._numbers, courier.profile, stops[0].id)
        if (not ride.fixes or position.at_ms > ride.fixes[-1][0]) and len(ride.fixes) < MOST_FIXES:
            ride.fixes.append((position.at_ms, position.place, position.accuracy_m))
            self.counters["probe_fixes"] += 1

    # --- rounds ------------------------------------------------------------------------------------------------

    async def _learn_for_ever(self) -> None:
        while True:
            await self._ticker.sleep(EVERY_S / self._clock.rate if self._clock.rate > 1 else EVERY_S)
            try:
                await self.learn()
            except StoreUnavailable:
                self.counters["probe_rounds_lost"] += 1
            except Exception:
                self.counters["probe_rounds_lost"] += 1
                log.exception("zone %s: a round of probes failed", self._state.zone_id)

    async def learn(self) -> None:
        """Match what is new, and tell what it says. Raises `StoreUnavailable`."""
        over, self._over = self._over, []
        news = [
            (ride, ride.newest())
            for ride in (*self._rides.values(), *over)
            if len(ride.fixes) >= max(LEAST_FIXES, ride.taken + 1)
        ]
        whole = [ride for ride in over if len(ride.fixes) >= LEAST_FIXES]
        for ride, _ in news:
            ride.taken = len(ride.fixes)
        if news or whole:
            live = await self._offload(partial(self._learnt, news, whole, self._clock.now_ms()))
            for profile, speeds in live.items():
                await self._speeds.put(self._state.zone_id, probes_of(profile), speeds)
        self._rounds += 1
        if self._rounds % KEPT_EVERY == 0:
            kept = b64encode(await self._offload(self._habits.to_bytes)).decode()
            await self._learning.keep(self._state.zone_id, (), {HABITS: kept}, 0)

    def _learnt(
        self, news: Sequence[tuple[_Ride, list[tuple[int, Point, float | None]]]], whole: Sequence[_Ride], now_ms: int
    ) -> dict[Profile, LiveSpeeds]:
        """What the streets are like now, by profile; takes as long as the matching takes."""
        for ride, fixes in news:
            seen = self._observed(ride, fixes)
            self.counters["probe_edges"] += len(seen)
            self._probes.take(seen)
        for profile in {ride.profile for ride in whole}:
            rides = [self._observed(ride, ride.fixes) for ride in whole if ride.profile is profile]
            self._habits.learn(Observations.joined(profile, rides))
        self.counters["probe_rides"] += len(whole)
        used = {courier.profile for courier in self._state.couriers.values()} & _LEARNS
        return {profile: self._probes.live(profile, now_ms) for profile in used}

    def _observed(self, ride: _Ride, fixes: list[tuple[int, Point, float | None]]) -> Observations:
        matcher = self._matchers.get(ride.profile)
        if matcher is None:
            matcher = self._matchers[ride.profile] = Matcher(self._network, ride.profile)
            self._turns[ride.profile] = TurnTimes(self._network, ride.profile)
        track = Track.of(fixes)
        return observed(
            self._network,
            ride.profile,
            track,
            matcher.match(track),
            ride=ride.number,
            standing=(),
            turns=self._turns[ride.profile],
        )
