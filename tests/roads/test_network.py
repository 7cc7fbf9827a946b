"""From drawn streets to a network."""

import numpy as np
import pytest

from dispatch.domain.errors import InvalidInput
from dispatch.domain.geo import Point, distance_m
from dispatch.domain.vehicle import Profile
from dispatch.roads.build import NOBODY, Street, build_network
from dispatch.roads.city import City
from dispatch.roads.network import CLOSED_MS, PROFILES, Network

ALL = (5.0, 15.0, 20.0, 30.0, 30.0, 27.0)
PLACES = {
    1: (60.0, 25.0), 2: (60.0, 25.01), 3: (60.0, 25.02), 4: (60.005, 25.01), 5: (60.005, 25.02), 6: (60.01, 25.0),
    7: (60.01, 25.01),
}  # fmt: skip


def street(*nodes: int, name: str = "", forward: tuple[float, ...] = ALL, backward: tuple[float, ...] = ALL) -> Street:
    """A street open to all, unless said otherwise."""
    return Street(nodes, name, forward, backward)


def test_streets_are_split_where_they_meet() -> None:
    """A street that another one touches in its middle becomes two segments with one name and its full length."""
    network = build_network([street(1, 2, 3, name="Long Street"), street(2, 4)], PLACES)
    assert (network.node_count, network.segment_count) == (4, 3)
    assert sorted(network.street(2 * k) for k in range(3)) == ["", "Long Street", "Long Street"]
    long_m = network.length_m[network.name == network.names.index("Long Street")].sum()
    assert long_m == pytest.approx(distance_m(Point(60.0, 25.0), Point(60.0, 25.02)), rel=1e-6)


def test_points_without_a_junction_only_bend_the_street() -> None:
    """Points between junctions are geometry, not nodes."""
    network = build_network([street(1, 2, 4, 5)], PLACES)
    assert (network.node_count, network.segment_count, len(network.point_lat)) == (2, 1, 4)


def test_no_segment_joins_a_node_with_itself() -> None:
    """A loop is cut once more; a street that repeats a node is cut there."""
    network = build_network([street(1, 2), street(2, 3, 5, 4, 2)], PLACES)
    assert (network.start != network.end).all()
    assert network.segment_count == 3


def test_two_streets_may_join_the_same_junctions() -> None:
    """Parallel segments stay apart, each with its own geometry."""
    network = build_network([street(1, 2), street(1, 6, 7, 2)], PLACES)
    assert network.segment_count == 2
    assert network.length_m.max() > 2 * network.length_m.min()


def test_a_profile_keeps_only_what_it_can_reach_and_leave() -> None:
    """A one-way street into nowhere is closed to cars; people on foot, who may turn round, keep it."""
    on_foot_only = (5.0, *NOBODY[1:])
    network = build_network([street(1, 2), street(2, 3), street(3, 5, backward=on_foot_only)], PLACES)
    closed = np.flatnonzero(~network.is_open(Profile.CAR)).tolist()
    assert len(closed) == 2
    assert network.is_open(Profile.FOOT).all()
    assert (network.travel_ms(Profile.CAR)[closed] == CLOSED_MS).all()


def test_the_smaller_of_two_islands_is_left_out() -> None:
    """Streets that nobody can reach from the main part vanish with their nodes."""
    network = build_network([street(1, 2), street(2, 3), street(3, 1), street(6, 7)], PLACES)
    assert (network.node_count, network.segment_count) == (3, 3)


def test_travel_time_is_length_over_speed() -> None:
    """30 km/h are 8.333 m/s; a time is a whole number of milliseconds."""
    network = build_network([street(1, 2)], PLACES)
    expected_ms = network.length_m[0] * 3600 / 30
    assert network.travel_ms(Profile.CAR).tolist() == [round(expected_ms)] * 2


def test_a_town_without_a_road_for_cars_is_refused() -> None:
    """Footpaths alone make no city, and neither does nothing; the message says what to do."""
    for streets in ([], [street(1, 2, forward=(5.0, *NOBODY[1:]), backward=(5.0, *NOBODY[1:]))]):
        with pytest.raises(InvalidInput, match="no road that a car may drive") as refused:
            build_network(streets, PLACES)
        assert refused.value.code == "no_roads"


def test_every_profile_can_ride_from_anywhere_to_anywhere(town: City) -> None:
    """In a whole city each profile's open edges are one strongly connected part."""
    from scipy.sparse import coo_array
    from scipy.sparse.csgraph import connected_components

    network = town.network
    for profile in PROFILES:
        is_open = network.is_open(profile)
        edges = (network.tail[is_open], network.head[is_open])
        graph = coo_array((np.ones(is_open.sum()), edges), shape=(network.node_count, network.node_count))
        part = connected_components(graph, connection="strong")[1]
        assert len(np.unique(part[edges[0]])) == 1


def test_arrays_round_trip(town: City) -> None:
    """What storage writes is what it reads."""
    copy = Network.from_arrays(town.network.arrays(), town.network.names, town.network.drives_left)
    assert all(np.array_equal(getattr(copy, name), values) for name, values in town.network.arrays().items())
