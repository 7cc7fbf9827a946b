"""What a matched ride says about the streets: how many times as long as on empty ones each whole edge took.

Standing at a stop says nothing about traffic and is left out: either its times are given, or whoever stays on one spot
at an end of the track is taken to stand at a stop. In the middle of a track that would hide every jam.
"""

from collections.abc import Sequence
from dataclasses import dataclass, fields

import numpy as np
import numpy.typing as npt

from dispatch.domain.geo import METRES_PER_DEGREE
from dispatch.domain.incident import LEAST_FACTOR, MOST_FACTOR
from dispatch.domain.vehicle import Profile
from dispatch.roads.controls import delays_s
from dispatch.roads.matching import Matched, Track
from dispatch.roads.network import FloatArray, IntArray, Network
from dispatch.roads.turns import TurnTimes

Moments = npt.NDArray[np.int64]
Interval = tuple[int, int]
"""(from ms, until ms)"""

WHOLE = 0.8
"""Less of an edge says little about all of it: what waits at its end does not grow with the part."""
SPOT_M, SPOT_MS = 30.0, 60_000
"""Whoever stays within so many metres for longer stands at a stop."""
SPACING_ERROR = 0.35
"""Standard deviation of a measured time, in intervals between fixes (ADR 0014: 0.3 in San Francisco, 0.1 in Porto)."""
OWN_SIGMA = 0.15
"""Rides of one moment differ by so much of the free flow; a house figure."""


@dataclass(frozen=True, eq=False)
class Observations:
    """M traversals of edges by one profile."""

    profile: Profile
    edge: IntArray
    """[M]"""
    factor: FloatArray
    """[M] time over free-flow time, within what `conditions` believes"""
    free_s: FloatArray
    """[M] free-flow time"""
    variance: FloatArray
    """[M] of the factor, as a measurement of what the edge takes just now"""
    at_ms: Moments
    """[M] when the edge was left"""
    ride: Moments
    """[M] a number for each independent ride"""

    def __len__(self) -> int:
        return len(self.edge)

    def __getitem__(self, which: npt.NDArray[np.bool_] | slice) -> "Observations":
        arrays = {field.name: getattr(self, field.name)[which] for field in fields(self)[1:]}
        return Observations(self.profile, **arrays)

    @property
    def took_s(self) -> FloatArray:
        """[M] observed time."""
        return self.factor * self.free_s

    @classmethod
    def joined(cls, profile: Profile, parts: Sequence["Observations"]) -> "Observations":
        """All parts, which are of one profile, one behind the other."""
        if not parts:
            return none_of(profile)
        arrays = {field.name: np.concatenate([getattr(p, field.name) for p in parts]) for field in fields(cls)[1:]}
        return cls(profile, **arrays)


def none_of(profile: Profile) -> Observations:
    """No observations."""
    empty, moments = np.empty(0), np.empty(0, dtype=np.int64)
    return Observations(profile, np.empty(0, dtype=np.int32), empty, empty, empty, moments, moments)


def observed(
    network: Network,
    profile: Profile,
    track: Track,
    matched: Matched,
    *,
    ride: int = 0,
    standing: Sequence[Interval] | None = None,
    turns: TurnTimes | None = None,
) -> Observations:
    """The whole edges of a matched track, in the order of riding.

    `turns`: what turns take, which is then no part of the edges' times. `standing`: when the courier stood at stops;
    None: worked out from the track's ends. The stretch on which the track ends counts only when it was stayed on for
    longer than it takes: it takes at least as long as that.
    """
    ridden = matched.ridden
    if not len(ridden.edge):
        return none_of(profile)
    stops = stops_at_the_ends(track) if standing is None else standing
    took_s, free_s = (ridden.leave_ms - ridden.enter_ms) / 1000, network.travel_ms(profile)[ridden.edge] / 1000
    if turns is not None and len(ridden.edge) > 1:
        # The router counts a turn apart from its streets; what it took belongs to none of them.
        turned_s = np.append(0, turns.ms(ridden.edge[:-1], ridden.edge[1:])) / 1000
        turned_s[np.append(True, ridden.part[1:] != ridden.part[:-1])] = 0.0
        took_s = np.maximum(took_s - turned_s, np.minimum(took_s, LEAST_FACTOR * free_s))
    ridden_s = free_s * (ridden.ends - ridden.begins)
    last = np.append(ridden.part[1:] != ridden.part[:-1], True)
    stuck = last & (ridden.begins <= 1 - WHOLE) & (took_s > free_s)
    whole = ((ridden.ends - ridden.begins) >= WHOLE) & (~last | (ridden.ends >= 1 - 1e-9))
    counts = (whole | stuck) & ~_during(ridden.enter_ms, ridden.leave_ms, stops)
    of_s = np.where(whole, ridden_s, free_s)
    factor = (took_s / np.maximum(of_s, 1e-3)).clip(LEAST_FACTOR, MOST_FACTOR)
    spacing_s = float(np.median(np.diff(track.at_ms))) / 1000 if len(track.at_ms) > 1 else 0.0
    waits_s = np.array(delays_s(profile))[network.control[ridden.edge]]
    error_s2 = 2 * (SPACING_ERROR * spacing_s) ** 2 + waits_s**2
    variance = OWN_SIGMA**2 + error_s2 / np.maximum(of_s, 1e-3) ** 2
    rides = np.full(len(factor), ride, dtype=np.int64)
    return Observations(profile, ridden.edge, factor, of_s, variance, ridden.leave_ms, rides)[counts]


def stops_at_the_ends(track: Track) -> list[Interval]:
    """When the courier stayed on one spot at the beginning and at the end of a track."""
    found = []
    for way in (slice(None), slice(None, None, -1)):
        at_ms, lat, lon = track.at_ms[way], track.lat[way], track.lon[way]
        if not len(at_ms):
            return []
        east = (lon - lon[0]) * np.cos(np.radians(lat[0]))
        away = np.flatnonzero(np.hypot(east, lat - lat[0]) * METRES_PER_DEGREE > SPOT_M)
        until = int(at_ms[away[0] - 1] if len(away) else at_ms[-1])
        begins, ends = sorted((int(at_ms[0]), until))
        if ends - begins > SPOT_MS:
            found.append((begins, ends))
    return found


def _during(enter_ms: Moments, leave_ms: Moments, stops: Sequence[Interval]) -> npt.NDArray[np.bool_]:
    """[R] whether a stretch was ridden during any of the stops."""
    during = np.zeros(len(enter_ms), dtype=np.bool_)
    for begins, ends in stops:
        during |= (enter_ms < ends) & (leave_ms > begins)
    return during
