"""What is learnt of hidden speeds from couriers' tracks: how wrong edges' speeds are, and when an incident is known.

Couriers ride from one random address to the next by the fastest way on empty streets, held up by
`simulator.speed_field`; they report nothing in the minutes at their stops. Every half minute the last minutes of each
track are matched and handed to the probes; the habits learn from each whole ride when it is over.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from dispatch.domain.vehicle import Profile
from dispatch.roads.cch import CchPaths
from dispatch.roads.city import City
from dispatch.roads.conditions import Conditions, edge_ms
from dispatch.roads.matching import Matcher, Track
from dispatch.roads.network import FloatArray, Network
from dispatch.roads.observations import Observations, observed
from dispatch.roads.probes import ProbeSpeeds
from dispatch.roads.riding import RoadTravelTimes
from dispatch.roads.speed_history import LearntHabits
from simulator.benchmarks.roads_matching import Places, Ridden, noisy_track, random_rides
from simulator.chance import Stream, stream
from simulator.speed_field import HOUR_MS, SpeedField, Traffic

EVERY_S, SIGMA_M = 5.0, 6.0
TICK_MS, WINDOW_MS = 20_000, 240_000
LEAST_STOP_S, MOST_STOP_S = 60.0, 240.0
KNOWN_RATIO = 2.0
"""An incident counts as known where the weights say so many times what they said before."""


@dataclass(frozen=True)
class Outing:
    """One ride of a courier, from stop to stop."""

    number: int
    track: Track
    true: Ridden
    depart_ms: int

    @property
    def until_ms(self) -> int:
        """When it arrived."""
        return int(self.track.at_ms[-1])


class Couriers:
    """Everybody's rides during some hours of a scenario."""

    def __init__(self, city: City, profile: Profile, field: SpeedField, seed: int) -> None:
        self._city, self._profile, self._field, self._seed = city, profile, field, seed
        self._rides = RoadTravelTimes(city.network, CchPaths).free(profile)
        self._places = Places(city.network)

    def outings(self, couriers: int, from_ms: int, until_ms: int) -> list[Outing]:
        """All rides that begin in the time, by their departure."""
        found = [each for courier in range(couriers) for each in self._of(courier, from_ms, until_ms)]
        return sorted(found, key=lambda outing: outing.depart_ms)

    def _of(self, courier: int, from_ms: int, until_ms: int) -> Iterator[Outing]:
        rng = stream(self._seed, f"courier {courier}")
        now_ms = from_ms + int(rng.integers(0, 600_000))
        while now_ms < until_ms:
            ridden = self._held_up(random_rides(self._city, self._rides, 1, rng)[0], now_ms)
            if len(ridden.edge):
                yield self._outing(1000 * courier + now_ms // 60_000, ridden, now_ms, rng)
                now_ms += int(1000 * ridden.end_s[-1])
            now_ms += int(1000 * rng.uniform(LEAST_STOP_S, MOST_STOP_S))

    def _held_up(self, planned: Ridden, depart_ms: int) -> Ridden:
        """The ride at the hidden speeds; it ends where a street is closed."""
        end_s = self._field.ride(self._profile, planned.edge, planned.ends - planned.begins, depart_ms)
        open_ = np.isfinite(end_s)
        return Ridden(planned.edge[open_], planned.begins[open_], planned.ends[open_], end_s[open_])

    def _outing(self, number: int, ridden: Ridden, depart_ms: int, rng: Stream) -> Outing:
        track = noisy_track(self._places, ridden, rng, depart_ms=depart_ms, every_s=EVERY_S, sigma_m=SIGMA_M)
        return Outing(number, track, ridden, depart_ms)


class Learning:
    """The server's side: matching, probes and habits, fed as time goes by."""

    def __init__(self, network: Network, profile: Profile) -> None:
        self.network, self.profile = network, profile
        self.habits = LearntHabits(network)
        self.probes = ProbeSpeeds(network, self.habits)
        self._matcher = Matcher(network, profile)
        self._matcher.warm()

    def feed(self, outings: list[Outing], from_ms: int, until_ms: int) -> None:
        """What the couriers report within a tick."""
        over = []
        for outing in outings:
            if outing.depart_ms < until_ms and outing.until_ms >= from_ms:
                newest = _between(outing.track, until_ms - WINDOW_MS, until_ms)
                self.probes.take(self._seen(outing, newest))
                if outing.until_ms < until_ms:
                    over.append(self._seen(outing, outing.track))
        self.habits.learn(Observations.joined(self.profile, over))

    def factors(self, now_ms: int, *, probes: bool = True, habits: bool = True) -> FloatArray:
        """[2K] what is believed just then."""
        known = Conditions(
            history=self.habits if habits else None,
            probes={self.profile: self.probes.live(self.profile, now_ms)} if probes else {},
        )
        believed: FloatArray = edge_ms(self.network, self.profile, known, now_ms, now_ms) / self.network.travel_ms(
            self.profile
        )
        return believed

    def _seen(self, outing: Outing, track: Track) -> Observations:
        matched = self._matcher.match(track)
        return observed(self.network, self.profile, track, matched, ride=outing.number, standing=())


def probe_figures(
    city: City,
    traffic: Traffic,
    *,
    profile: Profile = Profile.CAR,
    couriers: int = 100,
    from_h: float = 16.0,
    hours: float = 2.0,
    seed: int = 3,
) -> dict[str, float]:
    """`probe_error_ratio`: mean error of edges' speeds, in km/h, by that of free flow, on the edges that were driven.

    The same weighted by how often they were driven, and with habits or probes alone.
    """
    field = SpeedField(city.network, traffic)
    from_ms, until_ms = round(from_h * HOUR_MS), round((from_h + hours) * HOUR_MS)
    outings = Couriers(city, profile, field, seed).outings(couriers, from_ms, until_ms)
    learning = Learning(city.network, profile)
    for tick_ms in range(from_ms, until_ms, TICK_MS):
        learning.feed(outings, tick_ms, tick_ms + TICK_MS)
    driven, times = _driven(outings, until_ms)
    true = field.factor(profile, driven, until_ms)
    believed = {
        "probe_error": learning.factors(until_ms),
        "probe_live_error": learning.factors(until_ms, habits=False),
        "probe_habit_error": learning.factors(until_ms, probes=False),
    }
    kmh = 3.6 * city.network.length_m[driven // 2] / (city.network.travel_ms(profile)[driven] / 1000)
    figures = {
        f"{name}_ratio": round(_error_ratio(kmh, true, factor[driven], np.ones(len(driven))), 3)
        for name, factor in believed.items()
    }
    by_use = _error_ratio(kmh, true, believed["probe_error"][driven], times)
    free_kmh = float(np.abs(kmh - kmh / true)[np.isfinite(true)].mean())
    return figures | {
        "probe_error_by_use_ratio": round(by_use, 3),
        "probe_free_error_kmh": round(free_kmh, 2),
        "probe_edges": float(len(driven)),
    }


def incident_figures(
    city: City, traffic: Traffic, *, profile: Profile = Profile.CAR, couriers: int = 100, seed: int = 3
) -> dict[str, float]:
    """How long after the first ride into the scenario's first incident its streets were known to be slow.

    Seconds until the first edge is (`KNOWN_RATIO`), and the share of the edges in the circle that are ten minutes after
    the first ride. `alarm_false_edges`: edges outside that were believed to be so, in the same moment.
    """
    spell = traffic.incidents[0]
    field = SpeedField(city.network, replace(traffic, incidents=(spell,)))
    begins_ms = round(spell.from_h * HOUR_MS)
    from_ms, until_ms = begins_ms - HOUR_MS, begins_ms + HOUR_MS // 2
    outings = Couriers(city, profile, field, seed).outings(couriers, from_ms, until_ms)
    inside = field.edges_of(spell) & city.network.is_open(profile)
    first_ms = _first_slowed_ms(outings, inside, begins_ms)
    learning, known_ms = Learning(city.network, profile), -1
    before: FloatArray = np.ones(len(inside))
    slow: npt.NDArray[np.bool_] = np.zeros(len(inside), dtype=np.bool_)
    for tick_ms in range(from_ms, min(until_ms, first_ms + 600_000), TICK_MS):
        now_ms = tick_ms + TICK_MS
        learning.feed(outings, tick_ms, now_ms)
        if now_ms <= begins_ms:
            before = learning.factors(now_ms) if now_ms > begins_ms - TICK_MS else before
            continue
        slow = learning.factors(now_ms) >= KNOWN_RATIO * before
        if known_ms < 0 and (slow & inside).any():
            known_ms = now_ms
    return {
        "incident_known_s": (known_ms - first_ms) / 1000 if known_ms > 0 else -1.0,
        "incident_share_10min_pct": round(100 * float((slow & inside).sum() / max(1, inside.sum())), 1),
        "alarm_false_edges": float((slow & ~inside).sum()),
    }


def _between(track: Track, from_ms: int, until_ms: int) -> Track:
    part = slice(*np.searchsorted(track.at_ms, [from_ms, until_ms]).tolist())
    return Track(track.at_ms[part], track.lat[part], track.lon[part], track.accuracy_m[part])


def _driven(outings: list[Outing], until_ms: int) -> tuple[npt.NDArray[np.int32], FloatArray]:
    """The edges that anybody drove to their ends before a moment, and how often."""
    edges = [each.true.edge[each.depart_ms + 1000 * each.true.end_s < until_ms] for each in outings]
    driven, times = np.unique(np.concatenate(edges), return_counts=True)
    return driven.astype(np.int32), times.astype(np.float64)


def _error_ratio(kmh: FloatArray, true: FloatArray, believed: FloatArray, weight: FloatArray) -> float:
    """Mean error of the speeds by that of free flow; closed edges have none."""
    open_ = np.isfinite(true)
    ours, free = (np.abs(kmh / factor - kmh / true)[open_] for factor in (believed, np.ones(len(true))))
    return float(np.average(ours, weights=weight[open_]) / np.average(free, weights=weight[open_]))


def _first_slowed_ms(outings: list[Outing], inside: npt.NDArray[np.bool_], begins_ms: int) -> int:
    """When the first ride entered the circle after the incident began."""
    entered = []
    for outing in outings:
        enters_ms = outing.depart_ms + 1000 * np.append(0.0, outing.true.end_s[:-1])
        met = enters_ms[inside[outing.true.edge] & (enters_ms >= begins_ms)]
        entered += [int(met[0])] if len(met) else []
    return min(entered, default=begins_ms)
