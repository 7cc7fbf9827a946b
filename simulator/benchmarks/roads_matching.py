"""Map matching on simulated rides: how much of what was ridden is found again, and how long that takes.

A ride goes from one random address to another by the fastest way on empty streets, at the network's speeds. Fixes come
at equal intervals; their errors east and north are normal and slightly alike from one fix to the next.
"""

from dataclasses import dataclass
from time import perf_counter

import numpy as np
import numpy.typing as npt

from dispatch.domain.errors import InvalidInput
from dispatch.domain.geo import METRES_PER_DEGREE
from dispatch.domain.vehicle import Profile
from dispatch.roads.cch import CchPaths
from dispatch.roads.city import City
from dispatch.roads.matching import ACCURACY_SIGMAS, Matched, Matcher, Track
from dispatch.roads.network import FloatArray, IntArray, Network
from dispatch.roads.polyline import Piece, point_fractions
from dispatch.roads.rides import Rides, split
from dispatch.roads.riding import RoadTravelTimes
from simulator.chance import Stream, stream

ALIKE = 0.3
"""Correlation of a fix's error with that of the fix before."""
LEAST_RIDE_S = 60.0


@dataclass(frozen=True)
class Ridden:
    """A true ride: R stretches of edges, each with the moment at which it ends."""

    edge: IntArray
    begins: FloatArray
    ends: FloatArray
    end_s: FloatArray
    """[R] after departure"""

    @classmethod
    def of(cls, pieces: list[Piece]) -> "Ridden":
        """At the speeds of the pieces."""
        rows = [(piece.begins, piece.ends, piece.time_ms / 1000) for piece in pieces]
        begins, ends, takes_s = np.array(rows).reshape(-1, 3).T
        return cls(np.array([piece.edge for piece in pieces], dtype=np.int32), begins, ends, np.cumsum(takes_s))

    def at(self, moment_s: FloatArray) -> tuple[IntArray, FloatArray]:
        """([F] stretches, [F] fractions of their edges) at some moments after departure."""
        row = np.searchsorted(self.end_s, moment_s, side="left").clip(0, len(self.edge) - 1)
        start_s = np.append(0.0, self.end_s[:-1])[row]
        share = ((moment_s - start_s) / np.maximum(self.end_s[row] - start_s, 1e-9)).clip(0, 1)
        return row.astype(np.int32), self.begins[row] + share * (self.ends[row] - self.begins[row])

    def metres(self, network: Network) -> FloatArray:
        """[R] lengths of the stretches."""
        metres: FloatArray = network.length_m[self.edge // 2] * (self.ends - self.begins)
        return metres


class Places:
    """From an edge and a fraction to a place on the map."""

    def __init__(self, network: Network) -> None:
        self.network = network
        share = point_fractions(network)
        share[network.point_offset[1:] - 1] = 1.0
        # One rising row for all segments, so that one search finds the leg on any of them.
        self._along = share + 2.0 * np.repeat(np.arange(network.segment_count), np.diff(network.point_offset))

    def of(self, edge: IntArray, fraction: FloatArray) -> tuple[FloatArray, FloatArray]:
        """([F], [F]) degrees."""
        drawn = np.where(edge % 2, 1 - fraction, fraction) + 2.0 * (edge // 2)
        return np.interp(drawn, self._along, self.network.point_lat), np.interp(
            drawn, self._along, self.network.point_lon
        )


def noisy_track(places: Places, ride: Ridden, rng: Stream, *, depart_ms: int, every_s: float, sigma_m: float) -> Track:
    """What a phone reports of a ride: one fix every so often, wrong by `sigma_m` east and as much north."""
    at_s = np.arange(0.0, ride.end_s[-1] + every_s, every_s).clip(max=ride.end_s[-1])
    row, fraction = ride.at(at_s)
    lat, lon = places.of(ride.edge[row], fraction)
    error = rng.normal(0, sigma_m, (2, len(at_s)))
    for fix in range(1, len(at_s)):
        error[:, fix] = ALIKE * error[:, fix - 1] + np.sqrt(1 - ALIKE**2) * error[:, fix]
    lon_scale = METRES_PER_DEGREE * np.cos(np.radians(lat.mean()))
    accuracy_m = np.full(len(at_s), ACCURACY_SIGMAS * sigma_m)
    at_ms = depart_ms + np.rint(at_s * 1000).astype(np.int64)
    return Track(at_ms, lat + error[1] / METRES_PER_DEGREE, lon + error[0] / lon_scale, accuracy_m)


def random_rides(city: City, rides: Rides, count: int, rng: Stream) -> list[Ridden]:
    """Between addresses; none shorter than `LEAST_RIDE_S`."""
    found: list[Ridden] = []
    while len(found) < count:
        a, b = (city.addresses[int(rng.integers(len(city.addresses)))].place for _ in range(2))
        try:
            ride = Ridden.of(rides.pieces(*split(rides.streets.snapper.snap([a, b]), 1)))
        except InvalidInput:
            continue
        if ride.end_s[-1] >= LEAST_RIDE_S:
            found.append(ride)
    return found


def fixes_right(network: Network, ride: Ridden, track: Track, matched: Matched, sigma_m: float) -> FloatArray:
    """[F] 1 for each fix whose edge, direction included, is the one that was ridden at that moment, else 0.

    Within `sigma_m` along the ride of the junction between two edges of the true ride, either of them is right.
    """
    row, fraction = ride.at((track.at_ms - track.at_ms[0]) / 1000)
    length_m, last = network.length_m[ride.edge[row] // 2], len(ride.edge) - 1
    right: npt.NDArray[np.bool_] = matched.edge == ride.edge[row]
    before = (fraction * length_m <= sigma_m) & (row > 0)
    after = ((1 - fraction) * length_m <= sigma_m) & (row < last)
    right |= before & (matched.edge == ride.edge[np.maximum(row - 1, 0)])
    right |= after & (matched.edge == ride.edge[np.minimum(row + 1, last)])
    return right.astype(np.float64)


def length_shared_m(network: Network, ride: Ridden, matched: Matched) -> tuple[float, float]:
    """(metres that the true and the matched ride share edge by edge, metres of the longer of the two)."""
    found = Ridden(matched.ridden.edge, matched.ridden.begins, matched.ridden.ends, np.zeros(0))
    true_m, found_m = ride.metres(network), found.metres(network)
    edges = np.union1d(ride.edge, matched.ridden.edge)
    sums = [
        np.bincount(np.searchsorted(edges, edge), weights=metres, minlength=len(edges))
        for edge, metres in ((ride.edge, true_m), (matched.ridden.edge, found_m))
    ]
    return float(np.minimum(*sums).sum()), float(max(true_m.sum(), found_m.sum()))


def match_figures(city: City, profile: Profile, count: int = 200, seed: int = 5) -> dict[str, float]:
    """Percentages of fixes on the right edge (`fixes_right`), of the length that is right, and microseconds a fix.

    `match_length_*_pct` is the length that the true and the matched ride share, of the longer of the two, so that both
    what is missed and what is made up count.
    """
    network, rides = city.network, RoadTravelTimes(city.network, CchPaths).free(profile)
    matcher, places = Matcher(network, profile), Places(network)
    ridden = random_rides(city, rides, count, stream(seed, "rides"))
    matcher.warm()
    figures, took_s, fixes = {}, 0.0, 0
    for sigma_m, every_s in ((6.0, 5.0), (15.0, 15.0)):
        rng, right, shared_m, long_m = stream(seed, f"noise {sigma_m}"), [], 0.0, 0.0
        tracks = [noisy_track(places, ride, rng, depart_ms=0, every_s=every_s, sigma_m=sigma_m) for ride in ridden]
        began = perf_counter()
        found = [matcher.match(track) for track in tracks]
        took_s, fixes = took_s + perf_counter() - began, fixes + sum(len(track.at_ms) for track in tracks)
        for ride, track, matched in zip(ridden, tracks, found, strict=True):
            right.append(fixes_right(network, ride, track, matched, sigma_m))
            shared, longer = length_shared_m(network, ride, matched)
            shared_m, long_m = shared_m + shared, long_m + longer
        name = f"{sigma_m:.0f}m_{every_s:.0f}s_pct"
        figures[f"match_{name}"] = round(100 * float(np.concatenate(right).mean()), 2)
        figures[f"match_length_{name}"] = round(100 * shared_m / long_m, 2)
    return figures | {"match_us_per_point": round(1e6 * took_s / fixes, 1)}
