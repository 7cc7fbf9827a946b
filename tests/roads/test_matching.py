"""Map matching: which edges a track means, when they were ridden, and where a track breaks."""

from dataclasses import replace
from typing import NamedTuple

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dispatch.domain.geo import Point
from dispatch.domain.vehicle import Profile
from dispatch.roads.cch import CchPaths
from dispatch.roads.city import City
from dispatch.roads.matching import Matched, Matcher, Track
from dispatch.roads.rides import Rides
from dispatch.roads.riding import RoadTravelTimes
from dispatch.roads.tracks.motion import level
from simulator.benchmarks.roads_matching import (
    Places,
    Ridden,
    fixes_right,
    length_shared_m,
    match_figures,
    noisy_track,
    random_rides,
)
from simulator.chance import stream

CAR = Profile.CAR


class Ground(NamedTuple):
    """What most tests need of the town."""

    city: City
    matcher: Matcher
    places: Places
    rides: Rides

    def ride(self, seed: int) -> Ridden:
        return random_rides(self.city, self.rides, 1, stream(seed, "ride"))[0]

    def track(self, ride: Ridden, every_s: float = 5.0, sigma_m: float = 6.0, seed: int = 0) -> Track:
        return noisy_track(
            self.places, ride, stream(seed, "noise"), depart_ms=1_000_000, every_s=every_s, sigma_m=sigma_m
        )


@pytest.fixture(scope="module")
def ground(town: City) -> Ground:
    network = town.network
    return Ground(town, Matcher(network, CAR), Places(network), RoadTravelTimes(network, CchPaths).free(CAR))


def part_of(track: Track, which: np.ndarray | slice) -> Track:
    return Track(track.at_ms[which], track.lat[which], track.lon[which], track.accuracy_m[which])


def joined(one: Track, two: Track) -> Track:
    return Track(*(np.concatenate(pair) for pair in zip(vars(one).values(), vars(two).values(), strict=True)))


def rides_are_whole(ground: Ground, matched: Matched) -> bool:
    """Each stretch begins where the one before it ends, in place (or by turning round) and in time."""
    ridden, network = matched.ridden, ground.city.network
    a, b = ridden.edge[:-1], ridden.edge[1:]
    inside = ridden.part[1:] == ridden.part[:-1]
    met = (network.head[a] == network.tail[b]) & (ridden.ends[:-1] == 1) & (ridden.begins[1:] == 0)
    round_about = (a ^ 1 == b) & np.isclose(ridden.ends[:-1], 1 - ridden.begins[1:])
    on_time = ridden.leave_ms[:-1] == ridden.enter_ms[1:]
    return bool(((met | round_about) & on_time)[inside].all() and (ridden.leave_ms >= ridden.enter_ms).all())


@pytest.mark.parametrize("profile", [Profile.CAR, Profile.EBIKE, Profile.BIKE])
def test_noisy_rides_are_found_again(town: City, profile: Profile) -> None:
    """At 6 m and 5 s at least 95 % of the fixes lie on the right edge, at 15 m and 15 s 88 %; nearly all the length."""
    figures = match_figures(town, profile, count=25)
    assert figures["match_6m_5s_pct"] >= 95
    assert figures["match_length_6m_5s_pct"] >= 95
    assert figures["match_15m_15s_pct"] >= 88
    assert figures["match_length_15m_15s_pct"] >= 90


def test_an_exact_track_gives_the_ride_and_its_times(ground: Ground) -> None:
    """Almost without noise nearly all of the ride is found, and its edges were left within seconds of the truth."""
    for seed in range(5):
        ride, network = ground.ride(seed), ground.city.network
        track = ground.track(ride, 2.0, 0.5)
        matched = ground.matcher.match(track)
        shared_m, long_m = length_shared_m(network, ride, matched)
        assert shared_m >= 0.95 * long_m
        assert fixes_right(network, ride, track, matched, 1.0).mean() >= 0.95
        true_row, row = np.intersect1d(ride.edge, matched.ridden.edge, return_indices=True)[1:]
        late_s = (matched.ridden.leave_ms[row] - 1_000_000) / 1000 - ride.end_s[true_row]
        assert np.median(np.abs(late_s)) < 1.0
        assert np.abs(late_s).max() < 6.0


@settings(max_examples=25, deadline=None)
@given(seed=st.integers(0, 10_000), every_s=st.sampled_from([2.0, 5.0, 15.0, 30.0]), sigma_m=st.floats(0, 30))
def test_rides_hang_together_whatever_the_noise(ground: Ground, seed: int, every_s: float, sigma_m: float) -> None:
    """Stretches join in place and time, on open edges; fractions are shares; fixes lie on ridden edges."""
    matched = ground.matcher.match(ground.track(ground.ride(seed), every_s, sigma_m, seed))
    on = matched.edge >= 0
    assert rides_are_whole(ground, matched)
    assert ground.city.network.is_open(CAR)[matched.ridden.edge].all()
    assert ((matched.fraction >= 0) & (matched.fraction <= 1)).all()
    assert np.isin(matched.edge[on], matched.ridden.edge).all()
    assert ((matched.part >= 0) == on).all()


def test_a_silence_breaks_the_track_and_an_outlier_does_not(ground: Ground) -> None:
    """After two minutes without a fix a part begins; one fix a kilometre away is left out and the ride goes on."""
    ride = ground.ride(3)
    track = ground.track(ride)
    silent = replace(track, at_ms=track.at_ms + np.where(np.arange(len(track.at_ms)) >= 10, 120_000, 0))
    assert np.unique(ground.matcher.match(silent).part).tolist() == [0, 1]
    astray = replace(track, lat=track.lat + np.where(np.arange(len(track.lat)) == 6, 0.01, 0))
    matched = ground.matcher.match(astray)
    assert np.flatnonzero(matched.edge < 0).tolist() == [6]
    assert np.unique(matched.ridden.part).tolist() == [0]


def test_a_jump_breaks_the_track_where_it_happened(ground: Ground) -> None:
    """Two rides of distant places, seconds apart, become two parts, and both are found."""
    one = part_of(ground.track(ground.ride(1)), slice(0, 12))
    rides = [ground.track(ground.ride(seed)) for seed in range(10, 40)]
    two = max(rides, key=lambda track: float(np.hypot(track.lat[0] - one.lat[-1], track.lon[0] - one.lon[-1])))
    later = replace(two, at_ms=two.at_ms - two.at_ms[0] + one.at_ms[-1] + 2000)
    apart = ground.matcher.match(joined(one, later))
    assert apart.part.tolist()[:12] == [0] * 12
    assert set(apart.part.tolist()[12:]) == {1}
    assert rides_are_whole(ground, apart)


def test_standing_still_rides_nothing_and_belongs_to_the_edge(ground: Ground) -> None:
    """Five minutes of noise on one spot move by no more than the noise, and end on the edge where they began."""
    ride = ground.ride(4)
    row, fraction = ride.at(np.full(60, ride.end_s[-1] / 2))
    lat, lon = ground.places.of(ride.edge[row], fraction)
    rng = stream(1, "standing")
    noise = rng.normal(0, 6 / 111_195, (2, 60))
    track = Track(np.arange(60) * 5000, lat + noise[0], lon + noise[1], np.full(60, 9.0))
    matched = ground.matcher.match(track)
    ridden_m = Ridden(matched.ridden.edge, matched.ridden.begins, matched.ridden.ends, np.zeros(1)).metres(
        ground.city.network
    )
    assert ridden_m.sum() < 60
    assert matched.ridden.leave_ms[-1] - matched.ridden.enter_ms[0] == 59 * 5000


def test_turning_round_at_a_door_is_understood(ground: Ground) -> None:
    """A courier who rides into a street and back out is found on both directions of it."""
    network = ground.city.network
    both_open = network.is_open(CAR).reshape(-1, 2).all(axis=1)
    long_m = np.where(both_open, network.length_m, 0)
    edge = 2 * int(np.argmax(long_m))
    way = np.concatenate([np.linspace(0.1, 0.7, 12), np.linspace(0.7, 0.1, 12)])
    lat, lon = ground.places.of(np.full(24, edge), way)
    noise = stream(2, "round").normal(0, 3 / 111_195, (2, 24))
    matched = ground.matcher.match(Track(np.arange(24) * 3000, lat + noise[0], lon + noise[1], np.full(24, 5.0)))
    assert (matched.edge[1:11] == edge).all()
    assert (matched.edge[14:] == edge ^ 1).all()


def test_nothing_and_nowhere_match_nothing(ground: Ground) -> None:
    """No fixes, and fixes in the sea, give no ride; a single fix gives a stretch without length."""
    for track in (Track.of([]), Track.of([(0, Point(0.0, 0.0), None), (5000, Point(0.0, 0.001), 8.0)])):
        matched = ground.matcher.match(track)
        assert (matched.edge == -1).all()
        assert len(matched.ridden.edge) == len(matched.ridden.enter_ms) == 0
    one = ground.matcher.match(Track.of([(7, ground.city.addresses[0].place, None)]))
    assert one.edge[0] >= 0
    assert one.ridden.enter_ms.tolist() == one.ridden.leave_ms.tolist() == [7]


def test_one_ways_hold(ground: Ground) -> None:
    """No fix is put on a direction that is closed, also when the courier rides against it."""
    network = ground.city.network
    is_open = network.is_open(CAR).reshape(-1, 2)
    one_way = np.flatnonzero(is_open[:, 0] & ~is_open[:, 1])
    assert len(one_way)
    against = 2 * int(one_way[np.argmax(network.length_m[one_way])]) + 1
    lat, lon = ground.places.of(np.full(10, against), np.linspace(0.1, 0.9, 10))
    matched = ground.matcher.match(Track(np.arange(10) * 3000, lat, lon, np.full(10, 9.0)))
    assert against not in matched.edge.tolist()


def test_the_share_of_the_length_counts_what_is_missed_and_what_is_made_up(ground: Ground) -> None:
    """A ride compared with its own first half shares the half, of the whole."""
    ride = ground.ride(6)
    matched = ground.matcher.match(ground.track(ride, 2.0, 0.01))
    shared_m, long_m = length_shared_m(ground.city.network, ride, matched)
    assert shared_m == pytest.approx(long_m, rel=0.01)
    half = len(ride.edge) // 2
    first = Ridden(ride.edge[:half], ride.begins[:half], ride.ends[:half], ride.end_s[:half])
    shared_m, long_m = length_shared_m(ground.city.network, first, matched)
    assert shared_m == pytest.approx(first.metres(ground.city.network).sum(), rel=0.01)
    assert long_m > shared_m


@settings(max_examples=100, deadline=None)
@given(values=st.lists(st.floats(-1e6, 1e6), min_size=1, max_size=30))
def test_levelling_is_the_nearest_rising_row(values: list[float]) -> None:
    """It rises, keeps the sum, and changes nothing that rises already; no pooled block may be split for the better."""
    seen, place = np.array(values), np.array(values)
    level(place, np.empty(len(values)), 0, len(values))
    assert (np.diff(place) >= -1e-6).all()
    assert place.sum() == pytest.approx(seen.sum(), abs=1e-3)
    reference = [
        max(min(float(seen[i : j + 1].mean()) for j in range(k, len(seen))) for i in range(k + 1))
        for k in range(len(seen))
    ]
    assert place == pytest.approx(np.array(reference), abs=1e-3)
