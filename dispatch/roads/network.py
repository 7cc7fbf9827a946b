"""The streets of a city as immutable arrays: who may ride where, and how fast.

A *segment* is the piece of street between two junctions. Segment `k` yields two directed *edges*: `2k` as it is drawn
and `2k + 1` against it; so `edge // 2` is the segment, `edge ^ 1` the opposite direction. A direction that a profile
may not use has speed 0 for it. Several segments may join the same two nodes; none joins a node with itself.

What waits at the end of an edge (`control`) counts as a part of its time. Turns that somebody may not take are listed
by the edges that they join (`ban_*`); what the others cost is the business of `turns`.
"""

from collections.abc import Mapping
from dataclasses import dataclass, fields
from enum import IntEnum
from functools import cached_property

import numpy as np
import numpy.typing as npt

from dispatch.domain.vehicle import Profile
from dispatch.roads.controls import delays_s

PROFILES: tuple[Profile, ...] = tuple(Profile)
"""The row order of every per-profile array."""

CLOSED_MS = 2**31 - 1
"""Travel time of an edge that is closed to a profile; also what RoutingKit takes for infinity."""

FloatArray = npt.NDArray[np.float64]
SpeedArray = npt.NDArray[np.float32]
IntArray = npt.NDArray[np.int32]
ByteArray = npt.NDArray[np.uint8]


class RoadClass(IntEnum):
    """How much a street is made for traffic."""

    PATH = 0
    SERVICE = 1
    RESIDENTIAL = 2
    TERTIARY = 3
    SECONDARY = 4
    PRIMARY = 5
    TRUNK = 6


@dataclass(frozen=True, eq=False)
class Network:
    """N nodes, K segments, 2K edges, P points of geometry (degrees of WGS-84).

    For each profile the open edges form one strongly connected network: whatever can be reached can be left.
    """

    node_lat: FloatArray
    """[N]"""
    node_lon: FloatArray
    """[N]"""
    start: IntArray
    """[K] the node where the segment begins, as drawn"""
    end: IntArray
    """[K] the node where it ends; never equal to its start"""
    length_m: FloatArray
    """[K]"""
    point_offset: IntArray
    """[K + 1] the points of segment k are `point_offset[k]:point_offset[k + 1]`, both end nodes included"""
    point_lat: FloatArray
    """[P]"""
    point_lon: FloatArray
    """[P]"""
    name: IntArray
    """[K] index into `names`"""
    speed_kmh: SpeedArray
    """[profiles, 2K] in the order of `PROFILES`; 0 = closed"""
    road_class: ByteArray
    """[K] `RoadClass`"""
    control: ByteArray
    """[2K] `Control` on the edge or at its head"""
    ban_come: IntArray
    """[B] the edges that forbidden turns come from"""
    ban_go: IntArray
    """[B] the edges that they lead into"""
    ban_for: ByteArray
    """[B] whom they are forbidden to: the bit of each profile, the first of `PROFILES` lowest"""
    order: IntArray
    """[N] the nodes in contraction order, or [0] when it has not been worked out; see `ordering`"""
    names: tuple[str, ...]
    """Street names; the first is the empty one."""
    drives_left: bool = False

    @property
    def segment_count(self) -> int:
        """K"""
        return len(self.start)

    @property
    def node_count(self) -> int:
        """N"""
        return len(self.node_lat)

    @cached_property
    def tail(self) -> IntArray:
        """[2K] the node that each edge leaves."""
        return np.stack([self.start, self.end], axis=1).reshape(-1)

    @cached_property
    def head(self) -> IntArray:
        """[2K] the node that each edge reaches."""
        return np.stack([self.end, self.start], axis=1).reshape(-1)

    def is_open(self, profile: Profile) -> npt.NDArray[np.bool_]:
        """[2K] the access mask of a profile."""
        mask: npt.NDArray[np.bool_] = self.speed_kmh[PROFILES.index(profile)] > 0
        return mask

    def travel_ms(self, profile: Profile) -> npt.NDArray[np.int64]:
        """[2K] whole milliseconds along each edge, at least 1; `CLOSED_MS` where the profile may not go.

        What waits at its end is included. Worked out once; not to be written to.
        """
        known = self._travel_ms.get(profile)
        if known is None:
            known = self._travel_ms[profile] = self._worked_out_ms(profile)
        return known

    @cached_property
    def _travel_ms(self) -> dict[Profile, npt.NDArray[np.int64]]:
        return {}

    def _worked_out_ms(self, profile: Profile) -> npt.NDArray[np.int64]:
        speed_kmh = self.speed_kmh[PROFILES.index(profile)].astype(np.float64)
        with np.errstate(divide="ignore"):
            time_ms = np.repeat(self.length_m, 2) * 3600 / speed_kmh + 1000 * np.array(delays_s(profile))[self.control]
        return np.where(speed_kmh > 0, np.clip(np.rint(time_ms), 1, CLOSED_MS), CLOSED_MS).astype(np.int64)

    def bearing(self, edge: IntArray, *, at_head: bool) -> FloatArray:
        """[.] degrees clockwise from north in which edges end (`at_head`) or begin."""
        segment, against = edge // 2, (edge % 2).astype(np.bool_)
        first, last = self.point_offset[segment], self.point_offset[segment + 1] - 1
        # The leg at the segment's drawn end serves the head of the edge as drawn and the tail of the one against.
        a = np.where(against == at_head, first, last - 1)
        lat, lon = self.point_lat, self.point_lon
        east = (lon[a + 1] - lon[a]) * np.cos(np.radians(self.node_lat.mean()))
        drawn: FloatArray = np.degrees(np.arctan2(east, lat[a + 1] - lat[a]))
        return np.where(against, drawn + 180, drawn) % 360

    def street(self, edge: int) -> str:
        """The street's name, or the empty string."""
        return self.names[int(self.name[edge // 2])]

    def arrays(self) -> dict[str, npt.NDArray[np.generic]]:
        """Every array by its field's name, for storage."""
        return {name: getattr(self, name) for name in self.array_names()}

    @classmethod
    def array_names(cls) -> tuple[str, ...]:
        """The fields that are arrays."""
        return tuple(field.name for field in fields(cls) if field.name not in {"names", "drives_left"})

    @classmethod
    def from_arrays(
        cls, arrays: Mapping[str, npt.NDArray[np.generic]], names: tuple[str, ...], drives_left: bool
    ) -> "Network":
        """The inverse of `arrays()`."""
        return cls(**arrays, names=names, drives_left=drives_left)  # type: ignore[arg-type]
