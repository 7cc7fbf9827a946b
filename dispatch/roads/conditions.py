"""What the streets are like at a moment: the network's own speeds, times everything that is known to change them.

The order is always the same. The habit of the hour (`SpeedHistory`) comes first; what couriers and feeds measure now is
blended in by its confidence, which fades with its age; disturbances then multiply what is left, and closures end it.
All factors are of *time*: 2 means that a ride takes twice as long as on an empty street.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal, Protocol

import numpy as np
import numpy.typing as npt

from dispatch.domain.errors import InvalidInput
from dispatch.domain.incident import LEAST_FACTOR, MOST_FACTOR
from dispatch.domain.vehicle import Profile
from dispatch.roads.network import CLOSED_MS, FloatArray, IntArray, Network

MOST_SPEED_UP = 1.3
"""No ride is believed to be faster than this many times the free flow, whatever is stated: a promise rests on it."""
HALF_LIFE_MS = 900_000
"""In a quarter of an hour a measurement loses half of its say to the habit of the hour; a house figure."""

_MOTORS = frozenset({Profile.MOTORBIKE, Profile.CAR, Profile.VAN})

Kind = Literal["closure", "slowdown", "weather"]


class SpeedHistory(Protocol):
    """The habits of the streets by weekday and hour."""

    def factors(self, profile: Profile, at_ms: int) -> npt.NDArray[np.float32]:
        """[2K] usual time at that moment over free-flow time."""
        ...


@dataclass(frozen=True, eq=False)
class Disturbance:
    """Something that closes or slows streets for a while. Raises `InvalidInput("bad_traffic")`."""

    id: str
    kind: Kind
    edges: IntArray
    factor: float
    """Rides take so many times as long; of no account for a closure."""
    profiles: tuple[Profile, ...]
    """Whom it concerns; empty: everybody."""
    from_ms: int
    until_ms: int
    """The first moment at which it is over; 0 while nobody knows."""
    reason: str

    def __post_init__(self) -> None:
        _check_factors(np.array([self.factor]))
        _check_edges(self.edges)
        object.__setattr__(self, "edges", np.unique(self.edges))
        if self.until_ms and self.until_ms <= self.from_ms:
            raise InvalidInput("bad_traffic", "A disturbance has to end after it begins.")

    def concerns(self, profile: Profile, at_ms: int) -> bool:
        """Whether it stands in this profile's way at that moment."""
        during = self.from_ms <= at_ms and (not self.until_ms or at_ms < self.until_ms)
        return during and (not self.profiles or profile in self.profiles)


@dataclass(frozen=True, eq=False)
class LiveSpeeds:
    """What was measured on M edges, each at most once. Raises `InvalidInput("bad_traffic")`."""

    edge: IntArray
    """[M]"""
    factor: npt.NDArray[np.float32]
    """[M] time now over free-flow time"""
    weight: npt.NDArray[np.float32]
    """[M] confidence at `at_ms`, 0 to 1"""
    at_ms: int

    def __post_init__(self) -> None:
        if not len(self.edge) == len(self.factor) == len(self.weight):
            raise InvalidInput("bad_traffic", "Every edge needs one factor and one weight.")
        _check_edges(self.edge)
        if len(np.unique(self.edge)) < len(self.edge):
            raise InvalidInput("bad_traffic", "An edge may be stated only once.")
        _check_factors(self.factor)
        if not ((self.weight >= 0) & (self.weight <= 1)).all():
            raise InvalidInput("bad_traffic", "A confidence lies between 0 and 1.")

    def faded(self, at_ms: int) -> FloatArray:
        """[M] what the weights are still worth at a moment."""
        age_ms = max(0, at_ms - self.at_ms)
        worth: FloatArray = self.weight.astype(np.float64) * 0.5 ** (age_ms / HALF_LIFE_MS)
        return worth


@dataclass(frozen=True, eq=False)
class Conditions:
    """All that is known of the streets beyond the network itself."""

    disturbances: tuple[Disturbance, ...] = ()
    history: SpeedHistory | None = None
    probes: Mapping[Profile, LiveSpeeds] = field(default_factory=dict)
    """What our own couriers show, of each profile"""
    feed: LiveSpeeds | None = None
    """What others measured of motor traffic; those who pass the queue are not slowed by it"""


def edge_ms(
    network: Network, profile: Profile, conditions: Conditions, at_ms: int, now_ms: int
) -> npt.NDArray[np.int64]:
    """[2K] whole milliseconds along each edge at a moment; `CLOSED_MS` where the profile may not go.

    A moment that has passed counts as now. Raises `InvalidInput("unknown_edge")` for edges of another network.
    """
    moment_ms = max(at_ms, now_ms)
    edges = 2 * network.segment_count
    factor = _measured(_usual(conditions.history, profile, moment_ms, edges), conditions, profile, moment_ms)
    closed = ~network.is_open(profile)
    for disturbance in conditions.disturbances:
        if disturbance.concerns(profile, moment_ms):
            _check_known(disturbance.edges, edges)
            met = disturbance.edges
            if disturbance.kind == "closure":
                closed[met] = True
            else:
                factor[met] *= disturbance.factor
    slowed_ms = network.travel_ms(profile) * np.clip(factor, 1 / MOST_SPEED_UP, MOST_FACTOR)
    return np.where(closed, CLOSED_MS, np.clip(np.rint(slowed_ms), 1, CLOSED_MS - 1)).astype(np.int64)


def _usual(history: SpeedHistory | None, profile: Profile, at_ms: int, edges: int) -> FloatArray:
    """[2K] the habit of the hour; 1 while none is known."""
    return np.ones(edges) if history is None else history.factors(profile, at_ms).astype(np.float64)


def _measured(usual: FloatArray, conditions: Conditions, profile: Profile, at_ms: int) -> FloatArray:
    """[2K] the habit and the measurements, each by its weight; the habit has what the measurements leave of 1."""
    weight, total = np.zeros(len(usual)), np.zeros(len(usual))
    for live in (conditions.probes.get(profile), conditions.feed if profile in _MOTORS else None):
        if live is not None:
            _check_known(live.edge, len(usual))
            worth = live.faded(at_ms)
            weight[live.edge] += worth
            total[live.edge] += worth * live.factor
    left = np.maximum(0, 1 - weight)
    blended: FloatArray = (usual * left + total) / (left + weight)
    return blended


def _check_factors(factor: npt.NDArray[np.floating]) -> None:
    if not ((factor.astype(np.float32) >= np.float32(LEAST_FACTOR)) & (factor <= MOST_FACTOR)).all():
        raise InvalidInput("bad_traffic", f"A factor lies between {LEAST_FACTOR} and {MOST_FACTOR:.0f}.")


def _check_edges(edge: IntArray) -> None:
    if (edge < 0).any():
        raise InvalidInput("bad_traffic", "The number of an edge is never negative.")


def _check_known(edge: IntArray, edges: int) -> None:
    if (edge >= edges).any():
        raise InvalidInput("unknown_edge", f"This city has {edges} edges, numbered from 0.")
