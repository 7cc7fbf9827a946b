"""Tracks: what is worth keeping, and how long a way was in spite of the noise."""

import math
import random

import pytest
from msgspec.structs import replace

from dispatch.application.ports import Position
from dispatch.application.tracks import APART_MS, is_apart, thinned, way_m
from dispatch.domain.geo import METRES_PER_DEGREE, Point
from tests.support.zones import NOON_MS

LON_M = METRES_PER_DEGREE * math.cos(math.radians(60.17))


def at(s: float, north_m: float = 0.0, east_m: float = 0.0, accuracy_m: float | None = None) -> Position:
    place = Point(60.17 + north_m / METRES_PER_DEGREE, 24.94 + east_m / LON_M)
    at_ms = NOON_MS + int(s * 1000)
    return Position("c1", 1, 1 + int(s), at_ms, at_ms, place.lat, place.lon, accuracy_m)


@pytest.mark.parametrize(
    ("s", "north_m", "east_m", "apart"),
    [
        (4, 10, 0, False),
        (4, 19, 0, False),
        (4, 21, 0, True),
        (4, 0, 21, True),
        (4, 0, 19, False),
        (4, 15, 12, False),
        (4, 15, 15, True),
        (29, 0, 0, False),
        (30, 0, 0, True),
    ],
)
def test_what_says_nothing_new(s: float, north_m: float, east_m: float, apart: bool) -> None:
    """Near in time and in place; the direction does not matter, nor which of the two was first."""
    assert is_apart(at(0), at(s, north_m, east_m)) is apart
    assert is_apart(at(s, north_m, east_m), at(0)) is apart


def test_the_first_is_always_kept() -> None:
    """There is nothing that it could repeat."""
    assert is_apart(None, at(0))


def test_a_track_is_in_the_order_of_time_however_it_came() -> None:
    """Late points fall into their place, repeats and crowds fall out."""
    ride = [at(5 * n, 30 * n) for n in range(20)]
    crowd = [at(5 * n + 1, 30 * n + 3) for n in range(20)]
    shuffled = random.Random(7).sample([*ride, *crowd, *ride], 60)
    assert thinned(shuffled) == ride


def test_standing_makes_no_way() -> None:
    """An hour at a depot with the noise of a street: a point every half a minute, and no metre."""
    rng = random.Random(3)
    hour = [at(5 * n, rng.gauss(0, 6), rng.gauss(0, 6), 12.0) for n in range(720)]
    assert len(thinned(hour)) <= 3_600_000 / APART_MS + 80
    assert way_m(thinned(hour)) < 50


@pytest.mark.parametrize("speed_mps", [1.4, 5.0, 12.0])
def test_a_ride_counts_in_full(speed_mps: float) -> None:
    """Five kilometres on foot, by bike and by motorbike, with noise, within 4 percent."""
    rng = random.Random(5)
    seconds = int(5_000 / speed_mps)
    ride = [at(s, speed_mps * s + rng.gauss(0, 4), rng.gauss(0, 4), 8.0) for s in range(0, seconds, 5)]
    assert way_m(thinned(ride)) == pytest.approx(5_000, rel=0.04)


def test_jumps_and_mock_places_make_no_way() -> None:
    """A place 10 km away for a second was no ride, nor is what an app made up; the ride around them counts."""
    ride = [at(5 * n, 25 * n) for n in range(81)]
    jump, mock = at(102, 10_000), replace(at(203, 1_400), mock=True)
    assert way_m(thinned([*ride, jump, mock])) == pytest.approx(2_000, rel=0.03)


def test_a_poor_place_is_no_step() -> None:
    """A place that may be off by 150 m proves no 100 m; one that is sure of itself does, and so does a long way."""
    assert way_m([at(0), at(60, 100, 0, 150.0)]) == 0
    assert way_m([at(0), at(60, 100, 0, 10.0)]) == pytest.approx(100, rel=0.01)
    assert way_m([at(0), at(60, 500, 0, 400.0)]) == pytest.approx(500, rel=0.01)


def test_no_way_without_two_places() -> None:
    """Nothing, and one place."""
    assert way_m([]) == way_m([at(0)]) == 0
