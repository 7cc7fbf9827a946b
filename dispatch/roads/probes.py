"""What couriers measure now: speeds of the edges they rode, of their neighbours with less confidence, and alarms.

A measurement is held against what the city expects of its edge at its hour, and loses half of its say every quarter of
an hour. Profiles that share the traffic share what is measured; those who pass a queue count for less with the others.
"""

import numpy as np

from dispatch.domain.incident import LEAST_FACTOR, MOST_FACTOR
from dispatch.domain.vehicle import Profile
from dispatch.roads.alarms import alarming, standing_alarms
from dispatch.roads.conditions import HALF_LIFE_MS, LiveSpeeds, SpeedHistory
from dispatch.roads.kinship import Kinship
from dispatch.roads.network import PROFILES, FloatArray, Network
from dispatch.roads.observations import Observations
from dispatch.roads.passages import Passages, RecentPassages
from dispatch.roads.pooling import AREA_SIGMA, CITY_SIGMA, EDGE_SIGMA, STREET_SIGMA, Estimate, pooled

POOLS = (
    frozenset({Profile.CAR, Profile.VAN, Profile.MOTORBIKE}),
    frozenset({Profile.BIKE, Profile.EBIKE}),
    frozenset({Profile.FOOT}),
)
"""Who shares the street and its traffic with whom."""
ALIKE = frozenset({Profile.CAR, Profile.VAN})
OTHER_SIGMA = 0.2
"""How far other profiles of the pool are from one's own, as a share of the free-flow time; a house figure."""
LEAST_CONFIDENCE = 0.02
_SLICE_MS, _SLICES_KEPT = 300_000, 16


class ProbeSpeeds:
    """Collects passages and says what the streets are like now. For one thread at a time."""

    def __init__(self, network: Network, habit: SpeedHistory | None = None) -> None:
        self._network = network
        self._habit = habit
        self._kinship = Kinship(network)
        self._passages = tuple(RecentPassages() for _ in POOLS)
        self._ones = np.ones(2 * network.segment_count)
        self._usual: dict[tuple[Profile, int], FloatArray] = {}

    def take(self, seen: Observations) -> None:
        """Note what one ride, or the newest part of it, measured; in its order.

        The newest passage of a ride over an edge replaces the one before, so overlapping parts may be given.
        """
        if len(seen):
            expected = np.empty(len(seen))
            for moment_ms in np.unique(seen.at_ms // _SLICE_MS):
                then = seen.at_ms // _SLICE_MS == moment_ms
                expected[then] = self._expected(seen.profile, int(moment_ms))[seen.edge[then]]
            raised = alarming(self._network, seen.edge, seen.took_s, seen.free_s * expected)
            self._passages[_pool_of(seen.profile)].add(Passages.of(seen, expected, raised))

    def live(self, profile: Profile, now_ms: int) -> LiveSpeeds:
        """The edges of which anything is known, for `Conditions.probes`."""
        passages = self._passages[_pool_of(profile)].all(now_ms)
        estimate = self._estimate(profile, passages, now_ms)
        alarm = standing_alarms(self._network, passages, now_ms)
        left = (1 - alarm.weight) * estimate.confidence
        weight = alarm.weight + left
        ratio = (alarm.weight * alarm.ratio + left * estimate.value) / np.maximum(weight, 1e-9)
        factor = (ratio * self._expected(profile, now_ms // _SLICE_MS)).clip(LEAST_FACTOR, MOST_FACTOR)
        known = np.flatnonzero((weight >= LEAST_CONFIDENCE) & self._network.is_open(profile)).astype(np.int32)
        return LiveSpeeds(known, factor[known].astype(np.float32), weight[known].clip(0, 1).astype(np.float32), now_ms)

    def _estimate(self, profile: Profile, passages: Passages, now_ms: int) -> Estimate:
        others = np.array([not _same(profile, other) for other in PROFILES])
        variance = (passages.variance + OTHER_SIGMA**2 * others[passages.profile]) / passages.expected**2
        trust = 0.5 ** (np.maximum(0, now_ms - passages.at_ms) / HALF_LIFE_MS)
        kinship, every = self._kinship, np.arange(2 * self._network.segment_count, dtype=np.int32)
        levels = (
            (kinship.kind, CITY_SIGMA),
            (kinship.area, AREA_SIGMA),
            (kinship.street, STREET_SIGMA),
            (every, EDGE_SIGMA),
        )
        return pooled(levels, passages.edge, passages.factor / passages.expected, variance, trust)

    def _expected(self, profile: Profile, slice_: int) -> FloatArray:
        """[2K] the habit of some minutes; the last few are remembered."""
        if self._habit is None:
            return self._ones
        usual = self._usual.get((profile, slice_))
        if usual is None:
            if len(self._usual) >= _SLICES_KEPT:
                self._usual.clear()
            usual = self._habit.factors(profile, slice_ * _SLICE_MS + _SLICE_MS // 2).astype(np.float64)
            self._usual[profile, slice_] = usual
        return usual


def _pool_of(profile: Profile) -> int:
    return next(index for index, pool in enumerate(POOLS) if profile in pool)


def _same(one: Profile, other: Profile) -> bool:
    return one is other or {one, other} <= ALIKE
