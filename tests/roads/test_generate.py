"""A city that exists nowhere, yet could."""

import numpy as np
import pytest
import shapely

from dispatch.domain.errors import InvalidInput
from dispatch.domain.vehicle import Profile
from dispatch.roads.city import City
from dispatch.roads.generate import generate_city
from dispatch.roads.travel_times import open_travel_times


def test_the_seed_decides_everything(town: City) -> None:
    """The same size and seed give the same city to the last house; another seed gives another."""
    again, other = generate_city(2_000, seed=3), generate_city(2_000, seed=4)
    assert again.addresses == town.addresses
    assert again.shops == town.shops
    assert np.array_equal(again.network.speed_kmh, town.network.speed_kmh)
    assert np.array_equal(again.network.point_lat, town.network.point_lat)
    assert other.addresses != town.addresses


def test_it_has_what_a_city_has(town: City) -> None:
    """A river, parks, districts, houses, main and side streets, one-ways, shops, in a box of the size asked for."""
    kinds = {(feature.layer, feature.properties.get("kind")) for feature in town.features}
    assert {
        ("water", "river"), ("landuse", "park"), ("landuse", "residential"), ("roads", "major"), ("roads", "medium"),
        ("roads", "minor"), ("roads", "path"), ("places", "district"), ("buildings", None),
    } <= kinds  # fmt: skip
    assert any(feature.properties.get("bridge") for feature in town.features)
    assert 0 < town.network.is_open(Profile.CAR).sum() < town.network.is_open(Profile.FOOT).sum()
    assert 0.016 < town.box.north - town.box.south < 0.020
    assert all(town.box.contains(address.place) for address in town.addresses)
    assert all(town.box.contains(shop.place) for shop in town.shops)
    assert len(town.shops) >= 4


def test_streets_have_names_that_tell_them_apart(town: City) -> None:
    """No two streets share a name, and the map has each of them in Chinese too."""
    roads = [
        feature.properties for feature in town.features if feature.layer == "roads" and feature.properties.get("name")
    ]
    assert all(road["name_zh"] for road in roads)
    assert len({road["name"] for road in roads}) == len({road["name_zh"] for road in roads})
    assert len(town.network.names) > 30


def test_addresses_are_doors_beside_their_street(town: City) -> None:
    """No address twice; nearly every one snaps to the street that it names (a corner house may face the other)."""
    assert len({address.text for address in town.addresses}) == len(town.addresses) > 500
    times = open_travel_times(town)
    sample = town.addresses[::25]
    snaps = [times.snap(Profile.FOOT, address.place) for address in sample]
    assert max(snap.distance_m for snap in snaps) < 40
    assert sum(s.street == a.street for s, a in zip(snaps, sample, strict=True)) > 0.9 * len(sample)


def test_houses_stand_on_dry_ground_and_apart(town: City) -> None:
    """No house overlaps another, the river or a street."""
    houses = np.array([feature.geometry for feature in town.features if feature.layer == "buildings"])
    tree = shapely.STRtree(houses)
    one, other = tree.query(houses, predicate="overlaps")
    assert len(one[one != other]) == 0
    for layer in ("water", "roads"):
        others = np.array([feature.geometry for feature in town.features if feature.layer == layer])
        assert len(tree.query(others, predicate="intersects")[0]) == 0


def test_bridges_join_the_banks(town: City) -> None:
    """A car gets from the northernmost address to the southernmost, over the river, without a great detour."""
    by_lat = sorted(town.addresses, key=lambda address: address.place.lat)
    ride = open_travel_times(town).route(Profile.CAR, by_lat[0].place, by_lat[-1].place)
    assert 1_800 < ride.distance_m < 5_000


@pytest.mark.parametrize("size_m", [0, 999, 40_001])
def test_sizes_beyond_reason_are_refused(size_m: int) -> None:
    """A village or a country is no city."""
    with pytest.raises(InvalidInput, match="1000 to 40000 m"):
        generate_city(size_m)


def test_a_larger_city_grows_in_the_same_way() -> None:
    """5 km a side: several hundred junctions, a hundred names, still one river."""
    city = generate_city(5_000, seed=7)
    assert city.network.node_count > 600
    assert sum(feature.layer == "water" for feature in city.features) == 1
    assert len(set(city.network.names)) == len(city.network.names) > 150
