"""Riding along a way, and what a receiver makes of it."""

from statistics import mean, stdev

import pytest

from dispatch.domain.geo import Point, distance_m
from dispatch.roads.route import RoadRoute
from simulator.chance import stream
from simulator.motion import Ride, Standing, blurred

CORNER, NORTH, EAST = Point(60.0, 25.0), Point(60.01, 25.0), Point(60.01, 25.02)
WAY = RoadRoute.through(300.0, 2_227.0, (CORNER, NORTH, EAST), (0.0, 100.0, 300.0))
"""North for 1,112 m in 100 s, then east for 1,112 m in 200 s."""


def test_a_ride_follows_the_ways_own_times() -> None:
    """Half of the first leg's time is half of the first leg, and the same for the second."""
    ride = Ride(WAY, 1_000_000)
    assert distance_m(ride.spot_at(1_050_000).place, Point(60.005, 25.0)) < 0.01
    assert distance_m(ride.spot_at(1_200_000).place, Point(60.01, 25.01)) < 0.01
    assert ride.arrives_at_ms == 1_300_000


def test_speed_and_heading_are_those_of_the_leg() -> None:
    """Twice as fast on the first leg; north, then east."""
    ride = Ride(WAY, 0)
    first, second = ride.spot_at(50_000), ride.spot_at(200_000)
    assert first.speed_mps == pytest.approx(11.12, abs=0.01)
    assert first.heading_deg == pytest.approx(0.0, abs=0.1)
    assert second.speed_mps == pytest.approx(5.56, abs=0.01)
    assert second.heading_deg == pytest.approx(90.0, abs=0.1)


def test_pace_makes_everything_faster() -> None:
    """A courier a quarter faster is there a fifth earlier, and shows it."""
    ride = Ride(WAY, 0, pace=1.25)
    assert ride.arrives_at_ms == 240_000
    assert ride.spot_at(80_000).place == NORTH
    assert ride.spot_at(40_000).speed_mps == pytest.approx(11.12 * 1.25, abs=0.01)


def test_nobody_rides_beyond_the_ends() -> None:
    """Before the start the courier is at the start, after the arrival at the goal, standing."""
    ride = Ride(WAY, 100_000)
    assert ride.spot_at(0).place == CORNER
    assert ride.spot_at(10_000_000).place == EAST
    assert ride.spot_at(10_000_000).speed_mps == 0.0


def test_a_way_of_no_length_is_already_ridden() -> None:
    """Start and goal on the same point of the road."""
    ride = Ride(RoadRoute.through(0.0, 0.0, (CORNER, CORNER), (0.0, 0.0)), 5_000)
    assert ride.spot_at(5_000).place == CORNER
    assert ride.arrives_at_ms == 5_000


def test_standing_is_the_same_at_every_moment() -> None:
    """Without speed and without a heading."""
    assert Standing(CORNER).spot_at(0) == Standing(CORNER).spot_at(10**9)
    assert Standing(CORNER).spot_at(0).heading_deg is None


def test_the_receivers_error_is_gaussian_in_metres() -> None:
    """Six metres each way, whatever the latitude, and none on average."""
    chance = stream(7, "gps")
    seen = [blurred(CORNER, 6.0, chance) for _ in range(2_000)]
    north_m = [distance_m(Point(spot.lat, 25.0), CORNER) * (1 if spot.lat > 60 else -1) for spot in seen]
    east_m = [distance_m(Point(60.0, spot.lon), CORNER) * (1 if spot.lon > 25 else -1) for spot in seen]
    for errors_m in (north_m, east_m):
        assert mean(errors_m) == pytest.approx(0.0, abs=0.5)
        assert stdev(errors_m) == pytest.approx(6.0, abs=0.4)
