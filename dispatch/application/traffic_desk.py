"""Traffic as outsiders report it: incidents are judged against the streets, measured speeds become factors of edges."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from dispatch.application.measured_speeds import FEED, SpeedStore, merged
from dispatch.application.proposals_scene import Offload
from dispatch.application.traffic_watch import disturbance_of
from dispatch.domain.errors import InvalidInput
from dispatch.domain.geo import METRES_PER_DEGREE, Point
from dispatch.domain.incident import LEAST_FACTOR, MOST_FACTOR, Incident, IncidentKind, check_incident
from dispatch.domain.vehicle import Profile
from dispatch.roads.conditions import LiveSpeeds
from dispatch.roads.covering import cut_share
from dispatch.roads.live import LiveTravelTimes
from dispatch.roads.network import PROFILES, IntArray

MOST_CUT = 0.25
"""Closures that cut off more of the streets than this are a slip of the hand: they would stop the whole zone."""
_EDGE_TRUST, _CELL_TRUST = 0.9, 0.5


@dataclass(frozen=True, slots=True)
class Extent:
    """What an incident means on the streets."""

    edges: IntArray
    length_m: float


UNKNOWN_EXTENT = Extent(np.empty(0, np.int32), 0.0)


@dataclass(frozen=True, slots=True)
class Measured:
    """One entry of a feed: on an edge, or (`edge` -1) in the square of `size_m` around a place.

    Either a speed, or how many times as long as on an empty street rides take.
    """

    edge: int = -1
    place: Point | None = None
    size_m: float = 0.0
    speed_kmh: float = 0.0
    factor: float = 0.0


class TrafficDesk:
    """Takes traffic in for the zones of one city."""

    def __init__(self, streets: LiveTravelTimes, store: SpeedStore, offload: Offload = asyncio.to_thread) -> None:
        self.streets = streets
        self._store = store
        self._offload = offload

    async def judge(self, incident: Incident, others: Sequence[Incident]) -> Extent:
        """What the incident means. Raises `InvalidInput`: `bad_factor`, `bad_window`, `bad_geometry`, `off_map`, and
        `cuts_network` when it closes too much together with the closures that there are.
        """
        check_incident(incident)
        return await self._offload(lambda: self._judged(incident, others))

    async def extent(self, incident: Incident) -> Extent:
        """What a known incident means; nothing, when the streets have changed so that it means none."""
        try:
            return await self._offload(lambda: self._judged(incident, ()))
        except InvalidInput:
            return Extent(np.empty(0, dtype=np.int32), 0.0)

    def _judged(self, incident: Incident, others: Sequence[Incident]) -> Extent:
        edges = disturbance_of(self.streets, incident).edges
        network = self.streets.network
        if incident.kind is IncidentKind.CLOSURE:
            together = [each for each in others if each.kind is IncidentKind.CLOSURE and each.id != incident.id]
            self._check_cut([edges, *(self._edges(each) for each in together)])
        return Extent(edges, float(network.length_m[np.unique(edges // 2)].sum()))

    def _edges(self, known: Incident) -> IntArray:
        """What an incident that was taken in means; nothing, when the streets have changed since."""
        try:
            return disturbance_of(self.streets, known).edges
        except InvalidInput:
            return np.empty(0, dtype=np.int32)

    def _check_cut(self, all_closed: Sequence[IntArray]) -> None:
        network = self.streets.network
        closed = np.unique(np.concatenate(all_closed))
        share = float(network.length_m[np.unique(closed // 2)].sum() / network.length_m.sum())
        share += cut_share(network, closed)
        if share > MOST_CUT:
            raise InvalidInput(
                "cuts_network",
                f"This would close or cut off {share:.0%} of the streets, together with the {len(all_closed) - 1} that "
                f"there are; more than {MOST_CUT:.0%} is taken for a mistake. Draw it smaller.",
            )

    async def take_speeds(self, zone_id: str, measured: Sequence[Measured], at_ms: int) -> int:
        """Add measured speeds to the zone's feed. Returns on how many edges. Raises `InvalidInput`, `StoreUnavailable`.

        Newer entries replace those of the same edge; an edge that is named itself is believed more than its cell.
        """
        fresh = await self._offload(lambda: self._speeds(measured, at_ms))
        held = await self._store.get(zone_id, FEED)
        await self._store.put(zone_id, FEED, fresh if held is None else merged(held, fresh))
        return len(fresh.edge)

    def _speeds(self, measured: Sequence[Measured], at_ms: int) -> LiveSpeeds:
        network = self.streets.network
        edges = 2 * network.segment_count
        factor, weight = np.zeros(edges), np.zeros(edges)
        free_kmh = network.speed_kmh[PROFILES.index(Profile.CAR)].astype(np.float64)
        for entry in sorted(measured, key=lambda entry: entry.edge >= 0):
            named = entry.edge >= 0
            if entry.edge >= edges:
                raise InvalidInput("unknown_edge", f"This city has {edges} edges, numbered from 0.")
            met = np.array([entry.edge]) if named else self._cell(entry)
            met = met[free_kmh[met] > 0]
            value = free_kmh[met] / entry.speed_kmh if entry.speed_kmh else np.full(len(met), entry.factor)
            factor[met] = np.clip(value, LEAST_FACTOR, MOST_FACTOR)
            weight[met] = _EDGE_TRUST if named else _CELL_TRUST
        found = np.flatnonzero(weight)
        if not len(found):
            raise InvalidInput("off_map", "None of these speeds is on a street of this city that cars may use.")
        return LiveSpeeds(
            found.astype(np.int32), factor[found].astype(np.float32), weight[found].astype(np.float32), at_ms
        )

    def _cell(self, entry: Measured) -> npt.NDArray[np.int64]:
        if entry.place is None:
            raise InvalidInput("bad_speed", "A speed names an edge, or a place and the size of its square.")
        network, half_deg = self.streets.network, entry.size_m / 2 / METRES_PER_DEGREE
        wide_deg = half_deg / max(0.01, float(np.cos(np.radians(entry.place.lat))))
        middle = (network.point_offset[:-1] + network.point_offset[1:] - 1) // 2
        near = np.abs(network.point_lat[middle] - entry.place.lat) <= half_deg
        near &= np.abs(network.point_lon[middle] - entry.place.lon) <= wide_deg
        return np.flatnonzero(np.repeat(near, 2))
