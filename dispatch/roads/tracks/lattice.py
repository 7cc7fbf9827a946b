"""The lattice of one profile, made from its network: legs in a grid of cells, and which edge leads into which."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from dispatch.domain.geo import METRES_PER_DEGREE, Point
from dispatch.domain.vehicle import Profile
from dispatch.roads.network import PROFILES, FloatArray, IntArray, Network
from dispatch.roads.polyline import point_fractions
from dispatch.roads.tracks.layout import Lattice
from dispatch.roads.tracks.near import CELL_M
from dispatch.roads.turns import turns_of

METRES_PER_TURN_S = 3.0
"""A second that a turn costs counts as so many metres of detour."""
ROUND_M = 60.0
"""So many metres at least does turning round at a junction count, on foot too; a house figure."""
FASTER, FASTER_MPS = 1.5, 4.0
"""No ride is faster than the profile's fastest street, so many times and so much more; a house figure."""


Open = npt.NDArray[np.bool_]


@dataclass(frozen=True)
class Plane:
    """Metres east and north of a middle: right to 0.5 % within 25 km of it."""

    lat: float
    lon: float

    @classmethod
    def of(cls, network: Network) -> "Plane":
        """The one that touches the earth in the middle of a city."""
        return cls(float(network.node_lat.mean()), float(network.node_lon.mean()))

    def metres(self, lat: FloatArray, lon: FloatArray) -> tuple[FloatArray, FloatArray]:
        """([.] east, [.] north) of places in degrees."""
        east = (lon - self.lon) * METRES_PER_DEGREE * np.cos(np.radians(self.lat))
        return east, (lat - self.lat) * METRES_PER_DEGREE

    def place(self, east: float, north: float) -> Point:
        """The inverse, for one place."""
        lon = self.lon + east / METRES_PER_DEGREE / float(np.cos(np.radians(self.lat)))
        return Point(self.lat + north / METRES_PER_DEGREE, lon)


def lattice_of(network: Network, profile: Profile) -> Lattice:
    """What the kernel has to know of a profile's streets."""
    is_open = network.is_open(profile)
    leg, segment = _legs(network, is_open)
    x, y = Plane.of(network).metres(network.point_lat, network.point_lon)
    share = point_fractions(network)
    share_after = np.where(np.isin(leg + 1, network.point_offset[1:] - 1), 1.0, share[leg + 1])
    west, south = x.min(), y.min()
    columns, rows, cell_first, cell_leg = _grid(x - west, y - south, leg)
    next_first, next_edge, next_m = _successors(network, profile)
    return Lattice(
        leg_x=x[leg],
        leg_y=y[leg],
        leg_dx=x[leg + 1] - x[leg],
        leg_dy=y[leg + 1] - y[leg],
        leg_from=share[leg],
        leg_share=share_after - share[leg],
        leg_segment=segment,
        west=float(west),
        south=float(south),
        columns=columns,
        rows=rows,
        cell_first=cell_first,
        cell_leg=cell_leg,
        length_m=np.array(network.length_m),
        is_open=is_open,
        next_first=next_first,
        next_edge=next_edge,
        next_m=next_m,
        most_mps=_most_mps(network, profile),
    )


def _most_mps(network: Network, profile: Profile) -> float:
    fastest_kmh = float(network.speed_kmh[PROFILES.index(profile)].max(initial=0.0))
    return FASTER * fastest_kmh / 3.6 + FASTER_MPS


def _legs(network: Network, is_open: Open) -> tuple[IntArray, IntArray]:
    """The points where legs of open segments begin, and their segments."""
    segments = np.flatnonzero(is_open.reshape(-1, 2).any(axis=1))
    counts = (np.diff(network.point_offset) - 1)[segments]
    within = np.arange(counts.sum()) - np.repeat(np.cumsum(counts) - counts, counts)
    leg = np.repeat(network.point_offset[:-1][segments], counts) + within
    return leg.astype(np.int32), np.repeat(segments, counts).astype(np.int32)


def _grid(east: FloatArray, north: FloatArray, leg: IntArray) -> tuple[int, int, IntArray, IntArray]:
    """(columns, rows, [cells + 1] where each cell's legs begin, legs): a leg is in every cell that its box meets."""
    ends = [(np.stack([m[leg], m[leg + 1]]) / CELL_M).astype(np.int64) for m in (east, north)]
    (left, low), (right, high) = (end.min(axis=0) for end in ends), (end.max(axis=0) for end in ends)
    columns, rows = int(right.max(initial=0)) + 1, int(high.max(initial=0)) + 1
    wide = right - left + 1
    count = wide * (high - low + 1)
    of = np.repeat(np.arange(len(leg)), count)
    within = np.arange(len(of)) - np.repeat(np.cumsum(count) - count, count)
    cell = (low[of] + within // wide[of]) * columns + left[of] + within % wide[of]
    by_cell = np.argsort(cell, kind="stable")
    first = np.searchsorted(cell[by_cell], np.arange(columns * rows + 1))
    return columns, rows, first.astype(np.int32), of[by_cell].astype(np.int32)


def _successors(network: Network, profile: Profile) -> tuple[IntArray, IntArray, FloatArray]:
    """([2K + 1] where each edge's turns begin, the edges that they lead into, what they cost in metres)."""
    turns = turns_of(network, profile, everywhere=True)
    cost_m = turns.ms / 1000 * METRES_PER_TURN_S
    cost_m = np.where(turns.come ^ 1 == turns.go, np.maximum(cost_m, ROUND_M), cost_m)
    by_come = np.argsort(turns.come, kind="stable")
    first = np.searchsorted(turns.come[by_come], np.arange(2 * network.segment_count + 1))
    return first.astype(np.int32), turns.go[by_come].astype(np.int32), cost_m[by_come]
