"""The hidden truth about the traffic of a simulated city: how many times as long each edge takes at each moment.

Couriers feel it; a server can only learn it from what they report. A moment is in milliseconds after midnight of the
first simulated day. The same network, scenario and seed give the same days. A `factor` is the true time over the
free-flow time, so 1 is an empty street and infinity a closed one. Four things make it up:
- the hour of the day, by how fast a street is: fast ones carry the traffic;
- the street itself, lastingly: log-normal, alike among neighbours (random Fourier features of a Gaussian kernel:
  Rahimi and Recht, NIPS 2007) with a part of its own;
- rain and incidents, in a circle around a place and between two hours;
- a noise of some minutes that nobody can foresee.

Traffic is felt in full by cars and vans and less by those who pass a queue; rain is felt by everyone.
"""

import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import numpy.typing as npt

from dispatch.domain.errors import InvalidInput
from dispatch.domain.vehicle import Profile
from dispatch.roads.network import PROFILES, IntArray, Network
from simulator.chance import stream

Floats = npt.NDArray[np.float64]

HOUR_MS = 3_600_000
WAVES = 64
"""Cosines that make up the lasting difference between neighbourhoods."""
METRES_PER_DEGREE = 111_195.0
"""Of latitude, on a sphere of 6,371 km."""


@dataclass(frozen=True)
class Curve:
    """The day of the streets whose free car speed is at least `from_kmh`: (hour, factor) points, straight between."""

    from_kmh: float
    points: tuple[tuple[float, float], ...]

    def at(self, hour: float) -> float:
        """The factor at an hour of any day; midnight joins the last point to the first."""
        points = np.array(self.points)
        return float(np.interp(hour % 24, points[:, 0], points[:, 1], period=24))


@dataclass(frozen=True)
class Spell:
    """Rain or an incident: a circle of `reach_m` around `place` (shares of the city's box, east and north), in hours
    after the first midnight. `factor` 0 means closed to all but those on foot; `reported` incidents are also told to
    the server as a feed."""

    place: tuple[float, float]
    reach_m: float
    from_h: float
    until_h: float
    factor: float
    reported: bool = False


@dataclass(frozen=True)
class Traffic:
    """A scenario: everything that decides the hidden speeds, as its TOML file states it."""

    name: str
    city: str
    seed: int
    curves: tuple[Curve, ...]
    felt: Mapping[Profile, float]
    """The exponent with which a profile feels the traffic: 0 not at all, 1 in full."""
    lasting_sigma: float
    own_sigma: float
    alike_m: float
    noise_sigma: float
    noise_s: float
    rain: tuple[Spell, ...] = field(default=())
    incidents: tuple[Spell, ...] = field(default=())


def load_traffic(file: Path) -> Traffic:
    """The scenario in a file. Raises `InvalidInput("scenario")` when a number makes no sense or is missing."""
    stated = tomllib.loads(file.read_text(encoding="utf-8"))
    try:
        traffic = Traffic(
            **{key: stated[key] for key in ("name", "city", "seed")},
            **stated["streets"],
            curves=tuple(
                Curve(curve["from_kmh"], tuple((hour, factor) for hour, factor in curve["points"]))
                for curve in sorted(stated["curves"], key=lambda curve: float(curve["from_kmh"]))
            ),
            felt={profile: float(stated["felt"][profile.value]) for profile in PROFILES},
            rain=_spells(stated.get("rain", [])),
            incidents=_spells(stated.get("incidents", [])),
        )
    except (KeyError, TypeError, ValueError) as error:
        raise InvalidInput("scenario", f"{file.name} is not a traffic scenario: {error}.") from error
    _check(traffic, file.name)
    return traffic


def _spells(stated: Sequence[Mapping[str, object]]) -> tuple[Spell, ...]:
    return tuple(Spell(**{**spell, "place": tuple(spell["place"])}) for spell in stated)  # type: ignore[arg-type]


def _check(traffic: Traffic, file: str) -> None:
    factors = [factor for curve in traffic.curves for _, factor in curve.points]
    factors += [spell.factor for spell in traffic.rain]
    if not traffic.curves or min(factors) <= 0 or any(spell.factor < 0 for spell in traffic.incidents):
        raise InvalidInput("scenario", f"{file} needs curves, and factors above 0 (0 only for a closure).")
    if traffic.noise_s <= 0 or traffic.alike_m <= 0:
        raise InvalidInput("scenario", f"{file} needs noise_s and alike_m above 0.")


class SpeedField:
    """The hidden speeds of one network under one scenario. Immutable: asking changes nothing."""

    def __init__(self, network: Network, traffic: Traffic) -> None:
        self._traffic = traffic
        self._free_s = {profile: network.travel_ms(profile) / 1000 for profile in PROFILES}
        self._closed = {profile: ~network.is_open(profile) for profile in PROFILES}
        self._middle_m, self._box_m = _middles_m(network)
        kmh = network.speed_kmh[PROFILES.index(Profile.CAR)]
        steps = [curve.from_kmh for curve in traffic.curves]
        self._curve = np.maximum(np.searchsorted(steps, kmh, side="right") - 1, 0)
        self._lasting = _lasting(self._middle_m, len(kmh), traffic)
        self._rain = [(spell, self.edges_of(spell)) for spell in traffic.rain]
        self._incidents = [(spell, self.edges_of(spell)) for spell in traffic.incidents]

    def edges_of(self, spell: Spell) -> npt.NDArray[np.bool_]:
        """[2K] the edges whose middle lies in a spell's circle."""
        away_m = np.hypot(*(self._middle_m - np.array(spell.place) * self._box_m).T)
        return np.repeat(away_m <= spell.reach_m, 2)

    def factor(self, profile: Profile, edges: IntArray, at_ms: int) -> Floats:
        """[n] true time over free-flow time on each of `edges` [n]; infinity where nobody of this profile gets by."""
        traffic = self._traffic
        hour = at_ms / HOUR_MS
        of_day = np.array([curve.at(hour) for curve in traffic.curves])
        busy = of_day[self._curve[edges]] * self._lasting[edges] * self._noise(edges, at_ms)
        shut = self._closed[profile][edges]
        for spell, touched in self._incidents:
            if spell.from_h <= hour < spell.until_h:
                if spell.factor:
                    busy = np.where(touched[edges], busy * spell.factor, busy)
                elif profile is not Profile.FOOT:
                    shut = shut | touched[edges]
        felt = busy ** traffic.felt[profile]
        for spell, touched in self._rain:
            if spell.from_h <= hour < spell.until_h:
                felt = np.where(touched[edges], felt * spell.factor, felt)
        return np.where(shut, np.inf, felt)

    def ride(self, profile: Profile, edges: IntArray, shares: Floats, depart_ms: int) -> Floats:
        """[n] seconds after departure at which the end of each piece of a ride is reached.

        Piece i is the share `shares[i]` (0..1) of edge `edges[i]`; it is ridden at the speed of the moment in which it
        is entered. From the first closed piece on it is infinity.
        """
        reached_s = np.full(len(edges), np.inf)
        now_s = 0.0
        for i in range(len(edges)):
            factor = self.factor(profile, edges[i : i + 1], depart_ms + round(now_s * 1000))[0]
            if np.isinf(factor):
                break
            now_s += float(self._free_s[profile][edges[i]] * shares[i] * factor)
            reached_s[i] = now_s
        return reached_s

    def _noise(self, edges: IntArray, at_ms: int) -> Floats:
        """[n] log-normal, from one value to the next in `noise_s`."""
        slot, into = divmod(at_ms / 1000 / self._traffic.noise_s, 1)
        before, after = (_normal(edges, int(slot) + k, self._traffic.seed) for k in (0, 1))
        noise: Floats = np.exp(self._traffic.noise_sigma * (before * (1 - into) + after * into))
        return noise


def _middles_m(network: Network) -> tuple[Floats, Floats]:
    """[K, 2] metres east and north of the box's corner to half way between a segment's ends, and [2] the box."""
    lat, lon = network.node_lat, network.node_lon
    scale = METRES_PER_DEGREE * np.array([np.cos(np.radians(lat.mean())), 1.0])
    node_m = (np.stack([lon, lat], axis=1) - [lon.min(), lat.min()]) * scale
    return (node_m[network.start] + node_m[network.end]) / 2, node_m.max(axis=0)


def _lasting(middle_m: Floats, edge_count: int, traffic: Traffic) -> Floats:
    """[2K] the lasting factor of every edge; both directions share the neighbourhood, each has its own part."""
    rng = stream(traffic.seed, "streets")
    waves = rng.normal(0, 1 / traffic.alike_m, (2, WAVES))
    shared = np.sqrt(2 / WAVES) * np.cos(middle_m @ waves + rng.uniform(0, 2 * np.pi, WAVES)).sum(axis=1)
    own = rng.normal(0, traffic.own_sigma, edge_count)
    lasting: Floats = np.exp(traffic.lasting_sigma * np.repeat(shared, 2) + own)
    return lasting


def _normal(edges: IntArray, slot: int, seed: int) -> Floats:
    """[n] a standard normal for each edge and slot, the same in every order of asking (a hash, not a stream)."""
    key = edges.astype(np.uint64) + np.uint64(((slot & 0xFFFFFF) << 32) + ((seed & 0xFF) << 56))
    first, second = (_uniform(_mixed(key + np.uint64(salt))) for salt in (0x9E3779B97F4A7C15, 0x3C6EF372FE94F82A))
    normal: Floats = np.sqrt(-2 * np.log(first)) * np.cos(2 * np.pi * second)
    return normal


def _mixed(key: npt.NDArray[np.uint64]) -> npt.NDArray[np.uint64]:
    """The finaliser of SplitMix64 (Steele, Lea and Flood, OOPSLA 2014)."""
    key = (key ^ (key >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    key = (key ^ (key >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return key ^ (key >> np.uint64(31))


def _uniform(mixed: npt.NDArray[np.uint64]) -> Floats:
    """In (0, 1), never 0: its logarithm is taken."""
    return ((mixed >> np.uint64(11)).astype(np.float64) + 0.5) / 2**53
