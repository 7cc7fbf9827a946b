"""Who rides, from where, and where they wait."""

import asyncio

from dispatch.domain.geo import distance_m
from dispatch.domain.vehicle import Profile
from dispatch.roads.generate import generate_city
from dispatch.roads.travel_times import open_travel_times
from simulator.demand import spread_depots
from simulator.fleet import courier_ids, haunts, riders, road_finder

TOWN = generate_city(2_000, 7)
DEPOTS = [shop.place for shop in spread_depots(TOWN, 3)]


def test_a_fleet_repeats_with_its_seed() -> None:
    """Same people, same vehicles, same first places; every courier of a large fleet has a name of their own."""
    fleet = riders(TOWN, DEPOTS, 60, 7)
    assert fleet == riders(TOWN, DEPOTS, 60, 7)
    assert fleet != riders(TOWN, DEPOTS, 60, 8)
    assert [rider.id for rider in fleet] == courier_ids(60)
    assert len({rider.name for rider in fleet}) == 60
    assert {rider.profile for rider in fleet} >= {Profile.BIKE, Profile.EBIKE, Profile.CAR}


def test_everybody_starts_and_waits_in_the_city() -> None:
    """Around the depots, not all on the same spot."""
    for rider in riders(TOWN, DEPOTS, 12, 7):
        own = haunts(TOWN, DEPOTS, rider.id, 7)
        assert all(map(TOWN.box.contains, [rider.start, *own]))
        assert all(distance_m(haunt, depot) < 400 for haunt, depot in zip(own, DEPOTS, strict=True))
    assert haunts(TOWN, DEPOTS, "sim-1", 7) != haunts(TOWN, DEPOTS, "sim-2", 7)


def test_ways_are_those_of_the_citys_streets() -> None:
    """Found beside the event loop, and the same as asked for directly."""
    times = open_travel_times(TOWN)
    found = asyncio.run(road_finder(times)(Profile.EBIKE, DEPOTS[0], DEPOTS[1]))
    expected = times.route(Profile.EBIKE, DEPOTS[0], DEPOTS[1])
    assert (found.line, found.at_s) == (expected.line, expected.at_s)
