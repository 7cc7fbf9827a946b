"""What a question about the streets is answered with."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from dispatch.domain.geo import Point
from dispatch.roads.network import FloatArray, IntArray

MAX_SNAP_M = 2_000.0
"""A place farther than this from every street that the profile may use is off the network."""

UNREACHABLE_S = float("inf")
"""What a matrix holds where no way leads; a profile's network is strongly connected, so only closures bring it."""


@dataclass(frozen=True, slots=True)
class Snap:
    """The nearest point on a street that the profile may use."""

    place: Point
    distance_m: float
    """From the place asked for, in a straight line."""
    segment: int
    """Index into the network's segments."""
    fraction: float
    """How far along the segment as drawn, 0 to 1."""
    street: str


@dataclass(frozen=True, eq=False)
class RoadRoute:
    """A way along streets from one snapped place to another, by L >= 2 points."""

    duration_s: float
    distance_m: float
    lat: FloatArray
    """[L]"""
    lon: FloatArray
    """[L]"""
    reached_s: FloatArray
    """[L] when each point is reached, in seconds from the start; never decreasing"""
    edges: IntArray
    """[.] the edges in the order in which they are ridden, the first and the last in part"""

    @cached_property
    def line(self) -> tuple[Point, ...]:
        """The points, from snapped place to snapped place."""
        return tuple(map(Point, self.lat.tolist(), self.lon.tolist()))

    @cached_property
    def at_s(self) -> tuple[float, ...]:
        """`reached_s` as plain numbers."""
        return tuple(self.reached_s.tolist())

    def staying(self, more_s: float) -> "RoadRoute":
        """The same way with so many seconds spent at its end: its last point stands twice."""
        if not more_s:
            return self
        lat, lon = np.append(self.lat, self.lat[-1]), np.append(self.lon, self.lon[-1])
        reached_s = np.append(self.reached_s, self.reached_s[-1] + more_s)
        return RoadRoute(self.duration_s + more_s, self.distance_m, lat, lon, reached_s, self.edges)

    @classmethod
    def through(cls, duration_s: float, distance_m: float, line: Sequence[Point], at_s: Sequence[float]) -> "RoadRoute":
        """A way of which only the line is known, not the edges."""
        lat, lon = (np.array([getattr(point, name) for point in line]) for name in ("lat", "lon"))
        return cls(duration_s, distance_m, lat, lon, np.array(at_s, dtype=np.float64), np.empty(0, dtype=np.int32))
