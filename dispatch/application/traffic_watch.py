"""Keeps one process's travel times at what is known: incidents of its zone, measured speeds, habits of the hour.

An incident takes effect at once; what is measured, and what begins or ends by the clock, within `EVERY_S`. Whoever
hangs on travel times hears of every swap: the planner retimes its routes first and looks for better ones only where a
promise broke (`proposals`), gateways draw their paths anew (`hub`).
"""

import asyncio
import logging
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from functools import partial

from dispatch.application.measured_speeds import FEED, SpeedStore, probes_of
from dispatch.application.ports import Clock, Recorded, StoreUnavailable, Ticker
from dispatch.application.proposals_scene import Offload, Replica
from dispatch.domain.errors import DomainError
from dispatch.domain.events import IncidentChanged
from dispatch.domain.incident import Incident, IncidentKind
from dispatch.roads.conditions import Conditions, Disturbance, SpeedHistory
from dispatch.roads.covering import Geometry, edges_of
from dispatch.roads.live import LiveTravelTimes, Swap, View

log = logging.getLogger(__name__)
EVERY_S = 15.0
LOOK_AHEAD_EVERY_MS = 180_000
"""The hours to come change slowly, and are a few times the work of the present."""
AHEAD_MS = 6 * 3_600_000
"""What begins later than this does not matter to any route of today."""


@dataclass(frozen=True, slots=True)
class StreetsChanged:
    """A swap, what caused it ("traffic" or "weather"), and the streets before it."""

    swap: Swap
    cause: str
    before: View
    closures: tuple[Disturbance, ...]
    """Every closure that is in force now."""
    before_closures: tuple[Disturbance, ...]
    """Those that were before."""
    reported: bool
    """Whether somebody said so; else it was measured, or came by the clock."""


Told = Callable[[StreetsChanged], None]


class TrafficWatch:
    """Watches for one zone in one process."""

    def __init__(
        self,
        *,
        replica: Replica,
        streets: LiveTravelTimes,
        clock: Clock,
        ticker: Ticker,
        offload: Offload = asyncio.to_thread,
        speeds: SpeedStore | None = None,
        history: Callable[[], SpeedHistory | None] = lambda: None,
    ) -> None:
        self.closures: tuple[Disturbance, ...] = ()
        self._replica = replica
        self.streets = streets
        self._clock = clock
        self._ticker = ticker
        self._offload = offload
        self._speeds = speeds
        self._history = history
        self._listeners: list[Told] = []
        self._drawn: dict[str, tuple[Incident, Disturbance | None]] = {}
        self._looked_ahead_ms = 0
        self._news = asyncio.Event()
        self._causes: dict[str, None] = {}
        replica.listen(self._heard)

    def listen(self, told: Told) -> None:
        """Hear of every swap, on the event loop."""
        self._listeners.append(told)

    async def run(self) -> None:
        """Watch for ever."""
        while True:
            try:
                await self.refresh()
            except DomainError as error:
                log.error("the streets stay as they were: %s", error.code)
            with suppress(TimeoutError):
                async with asyncio.timeout(EVERY_S):
                    await self._news.wait()

    async def refresh(self) -> Swap:
        """Bring the weights to what is known now, and tell who listens when they changed."""
        self._news.clear()
        causes, self._causes = tuple(self._causes), {}
        now_ms, before = self._clock.now_ms(), self.streets.at(0)
        incidents = [each for each in self._replica.state.incidents.values() if _matters(each, now_ms)]
        disturbances = await self._offload(partial(self._disturbances, incidents))
        conditions = await self._measured(Conditions(disturbances))
        later = bool(causes) or now_ms - self._looked_ahead_ms >= LOOK_AHEAD_EVERY_MS
        self._looked_ahead_ms = now_ms if later else self._looked_ahead_ms
        swap = await self._offload(partial(self.streets.update, conditions, now_ms, later=later))
        closures = tuple(d for d in disturbances if d.kind == "closure" and d.from_ms <= now_ms)
        before_closures, self.closures = self.closures, closures
        if swap.changed or {d.id for d in before_closures} != {d.id for d in closures}:
            cause = "weather" if causes and all(cause == "weather" for cause in causes) else "traffic"
            for told in self._listeners:
                told(StreetsChanged(swap, cause, before, closures, before_closures, bool(causes)))
        return swap

    def _heard(self, recorded: Recorded) -> None:
        if isinstance(recorded.event, IncidentChanged):
            kind = recorded.event.incident.kind
            self._causes["weather" if kind is IncidentKind.WEATHER else "traffic"] = None
            self._news.set()

    async def _measured(self, conditions: Conditions) -> Conditions:
        """With what was measured; a cache that does not answer costs that, and nothing else."""
        known = replace(conditions, history=self._history())
        if self._speeds is None:
            return known
        zone_id = self._replica.state.zone_id
        try:
            feed = await self._speeds.get(zone_id, FEED)
            used = {courier.profile for courier in self._replica.state.couriers.values()}
            told = {profile: await self._speeds.get(zone_id, probes_of(profile)) for profile in used}
            probes = {profile: speeds for profile, speeds in told.items() if speeds}
        except StoreUnavailable:
            return known
        return replace(known, feed=feed, probes=probes)

    def _disturbances(self, incidents: Sequence[Incident]) -> tuple[Disturbance, ...]:
        """What the incidents mean on these streets; an incident is drawn once."""
        kept = {each.id: self._drawn.get(each.id) for each in incidents}
        for each in incidents:
            known = kept[each.id]
            if known is None or known[0] != each:
                kept[each.id] = (each, self._draw(each))
        self._drawn = {key: known for key, known in kept.items() if known}
        return tuple(known[1] for known in self._drawn.values() if known[1])

    def _draw(self, incident: Incident) -> Disturbance | None:
        try:
            return disturbance_of(self.streets, incident)
        except DomainError as error:
            log.warning("incident %s means no street here: %s", incident.id, error.code)
            return None


def disturbance_of(streets: LiveTravelTimes, incident: Incident) -> Disturbance:
    """The edges that an incident means, and what it does to them. Raises `InvalidInput` (see `covering.edges_of`)."""
    corners = tuple((corner.lon, corner.lat) for corner in incident.corners)
    geometry = Geometry(incident.shape.value, corners, incident.edges)
    edges = edges_of(streets.network, geometry, incident.both_ways)
    until_ms = incident.ended_at_ms or incident.until_ms
    return Disturbance(
        incident.id, incident.kind.value, edges, incident.factor, incident.profiles,
        incident.from_ms, until_ms, incident.reason,
    )  # fmt: skip


def _matters(incident: Incident, now_ms: int) -> bool:
    return not incident.is_over(now_ms) and incident.from_ms < now_ms + AHEAD_MS
