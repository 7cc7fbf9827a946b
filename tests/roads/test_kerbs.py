"""Which street a place is reached on, and on which side of it."""

from dataclasses import replace

import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from dispatch.domain.geo import METRES_PER_DEGREE, Point, distance_m
from dispatch.domain.vehicle import Profile
from dispatch.roads.build import NOBODY, Street, build_network
from dispatch.roads.cch import CchPaths
from dispatch.roads.city import Address, Shop
from dispatch.roads.conditions import Conditions, Disturbance
from dispatch.roads.entrances import Building, Entrance, EntranceFinder, read_entrance
from dispatch.roads.generate import generate_city
from dispatch.roads.kerbs import CROSSING_M_S, CROSSING_WAIT_S, Doors
from dispatch.roads.live import LiveTravelTimes
from dispatch.roads.network import PROFILES, Network, RoadClass
from dispatch.roads.riding import RoadTravelTimes
from dispatch.roads.scipy_engine import ScipyPaths

KMH = (5.0, 15.0, 15.0, 36.0, 36.0, 36.0)
CROSSING_S = CROSSING_WAIT_S + 12 / CROSSING_M_S
ENGINES = [CchPaths, ScipyPaths]
Engine = type[CchPaths] | type[ScipyPaths]


def at(east_m: float, north_m: float) -> Point:
    """Metres from a corner near the equator, where both degrees are alike."""
    return Point(north_m / METRES_PER_DEGREE, east_m / METRES_PER_DEGREE)


SPOTS = {
    1: at(0, 0),
    2: at(300, 0),
    3: at(600, 0),
    4: at(0, 90),
    5: at(600, 90),
    6: at(200, -20),
    7: at(400, -20),
    8: at(900, 0),
}
PLACES = {node: (place.lat, place.lon) for node, place in SPOTS.items()}


def block(*, drives_left: bool = False, aisle: str = "") -> Network:
    """Main Street from west to east, busy and ridden both ways, Back Street 90 m north of it, an aisle 20 m south."""
    return build_network(
        [
            Street((1, 2, 3, 8), "Main Street", KMH, KMH, RoadClass.SECONDARY),
            Street((1, 4), "", KMH, KMH),
            Street((4, 5), "Back Street", KMH, KMH),
            Street((5, 3), "", KMH, KMH),
            Street((1, 6, 7, 3), aisle, KMH, KMH, RoadClass.SERVICE),
        ],
        PLACES,
        drives_left=drives_left,
    )


def street_of(place: Point, doors: Doors, profile: Profile = Profile.EBIKE) -> str:
    return RoadTravelTimes(block(), ScipyPaths, doors).snap(profile, place).street


def address(place: Point, street: str = "Main Street", entrance: Point | None = None) -> Address:
    return Address(f"{street} 1", street, "1", place, entrance)


def test_an_address_is_reached_on_its_own_street() -> None:
    """70 m from Main Street and 20 m from Back Street: the address counts, spelled in capitals too; a plain place
    goes to the nearer street; 85 m against 5 m is too much for an address as well.
    """
    place, deep = at(300, 70), at(300, 85)
    assert street_of(place, Doors()) == "Back Street"
    assert street_of(place, Doors([address(place)])) == "Main Street"
    assert street_of(place, Doors([address(place, "MAIN  street; Side Street")])) == "Main Street"
    assert street_of(place, Doors([address(place, "Nowhere Street")])) == "Back Street"
    assert street_of(deep, Doors([address(deep)])) == "Back Street"
    assert street_of(at(300.4, 70.4), Doors([address(place)])) == "Main Street"
    assert street_of(at(303, 70), Doors([address(place)])) == "Back Street"


def test_addresses_at_one_place_share_their_streets_and_shops_have_those_of_their_address() -> None:
    """The nearer of both streets is taken; a shop is found by its address's text, elsewhere than the address."""
    place, shop = at(300, 70), at(320, 70)
    both = Doors([address(place), address(place, "Back Street")])
    assert street_of(place, both) == "Back Street"
    assert street_of(shop, Doors([address(place)], [Shop("Kiosk", "deli", shop, "Main Street 1")])) == "Main Street"


def test_streets_are_preferred_to_aisles_that_are_hardly_nearer() -> None:
    """7 m farther is the street's, 15 m farther the aisle's; an alley with a name is a street."""
    doors = Doors()
    assert street_of(at(300, -13), doors) == "Main Street"
    assert street_of(at(300, -17.5), doors) == ""
    named = RoadTravelTimes(block(aisle="Side Alley"), ScipyPaths)
    assert named.snap(Profile.EBIKE, at(300, -13)).street == "Side Alley"


def test_an_entrance_stands_for_its_address() -> None:
    """The ride ends beside the entrance; the distance is still that of the place asked for."""
    place = at(100, 40)
    snap = RoadTravelTimes(block(), ScipyPaths, Doors([address(place, entrance=at(130, 12))])).snap(Profile.CAR, place)
    assert distance_m(snap.place, at(130, 0)) < 0.01
    assert snap.distance_m == pytest.approx(50, abs=0.1)


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("drives_left", [False, True])
def test_arriving_on_the_far_side_costs_a_crossing(engine: Engine, drives_left: bool) -> None:
    """North of Main Street: a car from the west has to cross, one from the east not, where traffic keeps right; a van
    is a car, a bicycle stops anywhere. To the south it is the other way round. By junctions and straight along.
    """
    times = RoadTravelTimes(block(drives_left=drives_left), engine)
    for from_m, goal_m in ((-5, 450), (310, 450), (899, 450), (590, 450)):
        start = at(from_m, 0)
        for profile in (Profile.CAR, Profile.VAN, Profile.MOTORBIKE, Profile.EBIKE):
            middle_s, north_s, south_s = times.matrix_s(
                profile, [start], [at(goal_m, 0), at(goal_m, 10), at(goal_m, -9)]
            )[0]
            crosses_north = (from_m < goal_m) != drives_left
            far_s = CROSSING_S if profile in {Profile.CAR, Profile.VAN} else 0.0
            assert north_s - middle_s == pytest.approx(far_s * crosses_north, abs=2e-3)
            assert south_s - middle_s == pytest.approx(far_s * (not crosses_north), abs=2e-3)


def test_who_crosses_waits_at_the_end_of_the_route() -> None:
    """The line's last point stands twice, the seconds between are those of the crossing; metres are only ridden."""
    times = RoadTravelTimes(block(), CchPaths)
    for start in (at(0, 0), at(310, 0)):
        near, far = (times.route(Profile.CAR, start, at(450, side_m)) for side_m in (-9, 10))
        assert far.distance_m == pytest.approx(near.distance_m, abs=0.01)
        assert far.duration_s - near.duration_s == pytest.approx(CROSSING_S, abs=2e-3)
        assert far.line[-1] == far.line[-2]
        assert far.at_s[-1] - far.at_s[-2] == pytest.approx(CROSSING_S, abs=2e-3)
        assert far.edges.tolist() == near.edges.tolist()


def test_whoever_gains_by_it_turns_round_at_the_next_junction() -> None:
    """To a door 10 m before a junction where a turn costs nothing, a car comes back from there; to one in the middle
    of the block it does not.
    """
    times, start = RoadTravelTimes(block(), CchPaths), at(310, 0)
    turning, crossing = (times.route(Profile.CAR, start, at(east_m, 10)) for east_m in (590, 450))
    assert turning.distance_m == pytest.approx(300, abs=0.5)
    assert turning.line[-1] != turning.line[-2]
    assert crossing.distance_m == pytest.approx(140, abs=0.5)
    assert crossing.line[-1] == crossing.line[-2]


def test_a_divided_street_is_approached_on_the_right_carriageway() -> None:
    """Two one-way carriageways 12 m apart: the door's own side is chosen by distance and nobody crosses."""
    spots = {1: at(0, 0), 2: at(600, 0), 3: at(0, 12), 4: at(600, 12)}
    carriageways = [
        Street((1, 2), "Avenue", KMH, NOBODY, RoadClass.PRIMARY),
        Street((2, 4), "", KMH, KMH),
        Street((4, 3), "Avenue", KMH, NOBODY, RoadClass.PRIMARY),
        Street((3, 1), "", KMH, KMH),
    ]
    network = build_network(carriageways, {node: (place.lat, place.lon) for node, place in spots.items()})
    place = at(200, 25)
    times = RoadTravelTimes(network, CchPaths, Doors([address(place, "Avenue")]))
    assert distance_m(times.snap(Profile.CAR, place).place, at(200, 12)) < 0.01
    north_s, on_street_s = times.matrix_s(Profile.CAR, [at(100, 0)], [place, at(200, 12)])[0]
    assert north_s == pytest.approx(on_street_s, abs=2e-3)


def test_a_closed_near_side_leaves_the_far_one() -> None:
    """With the lane towards the west closed, the north side is reached from the west, on foot across the street."""
    network = block()
    times = LiveTravelTimes(network, CchPaths)
    start, goal = at(700, 0), at(450, 10)
    free_s = times.matrix_s(Profile.CAR, [start], [goal])[0, 0]
    lanes = [2 * segment + 1 for segment in np.flatnonzero(network.road_class == RoadClass.SECONDARY).tolist()]
    westward = Disturbance("w", "closure", np.array(lanes, dtype=np.int32), 1.0, (), 0, 0, "works")
    times.update(Conditions((westward,)), 1)
    assert times.matrix_s(Profile.CAR, [at(310, 0)], [goal])[0, 0] == pytest.approx(14 + CROSSING_S, abs=0.01)
    assert times.matrix_s(Profile.CAR, [start], [goal])[0, 0] == np.inf
    assert free_s == pytest.approx(25, abs=0.5)


TOWN = generate_city(2_000, seed=3)
BUSY = replace(TOWN.network, road_class=np.full(TOWN.network.segment_count, RoadClass.PRIMARY, dtype=np.uint8))
DOORS = Doors.of(TOWN)
FAST, PLAIN = RoadTravelTimes(BUSY, CchPaths, DOORS), RoadTravelTimes(BUSY, ScipyPaths, DOORS)
anywhere = st.builds(Point, st.floats(TOWN.box.south, TOWN.box.north), st.floats(TOWN.box.west, TOWN.box.east))
places = anywhere | st.sampled_from(TOWN.addresses).map(lambda address: address.place)
profiles = st.sampled_from(PROFILES)


@settings(max_examples=40)
@given(profiles, st.lists(places, min_size=1, max_size=5), st.lists(places, min_size=1, max_size=5))
def test_both_engines_cross_alike(profile: Profile, sources: list[Point], targets: list[Point]) -> None:
    """In a town of nothing but busy streets, doors and other places: equal to the millisecond."""
    assert np.array_equal(FAST.matrix_s(profile, sources, targets), PLAIN.matrix_s(profile, sources, targets))


@settings(max_examples=60)
@given(profiles, places, places)
def test_a_route_over_a_busy_street_lasts_what_the_matrix_says(profile: Profile, a: Point, b: Point) -> None:
    """By both engines, straight along or by junctions; the line ends when the ride does."""
    expected_s = FAST.matrix_s(profile, [a], [b])[0, 0]
    for engine in (FAST, PLAIN):
        ride = engine.route(profile, a, b)
        assert ride.duration_s == pytest.approx(expected_s, abs=1e-3)
        assert ride.at_s[-1] == pytest.approx(ride.duration_s)


@settings(max_examples=40)
@given(profiles, places, places, places)
def test_a_detour_over_places_on_busy_streets_is_never_faster(profile: Profile, a: Point, b: Point, c: Point) -> None:
    """Places on streets have no side, so the triangle inequality holds between them; and a snap stays where it is."""
    a, b, c = (FAST.snap(profile, place).place for place in (a, b, c))
    times = FAST.matrix_s(profile, [a, b], [b, c])
    assert times[0, 1] <= times[0, 0] + times[1, 1] + 0.02
    assert distance_m(FAST.snap(profile, a).place, a) < 0.05


def test_estimated_metres_leave_the_crossing_out() -> None:
    """On busy streets as on quiet ones: the same metres for the same doors."""
    stops = [TOWN.addresses[index].place for index in range(0, len(TOWN.addresses), len(TOWN.addresses) // 20)]
    quiet = RoadTravelTimes(replace(BUSY, road_class=np.zeros_like(BUSY.road_class)), CchPaths, DOORS)
    busy_m, quiet_m = (times.distances_m(Profile.CAR, stops, stops).sum() for times in (FAST, quiet))
    assert busy_m == pytest.approx(quiet_m, rel=0.03)


HOUSE = shapely.box(*(coordinate / METRES_PER_DEGREE for coordinate in (100, 10, 160, 60)))


def entrance(east_m: float, north_m: float, kind: str, number: str = "") -> Entrance:
    found = read_entrance({"entrance": kind, "addr:housenumber": number}, at(east_m, north_m))
    assert found is not None
    return found


@pytest.mark.parametrize(
    ("entrances", "chosen"),
    [
        ((entrance(110, 60, "main"), entrance(120, 10, "yes")), at(110, 60)),
        ((entrance(110, 60, "yes"), entrance(120, 10, "staircase")), at(120, 10)),
        ((entrance(110, 60, "main"), entrance(130, 10, "main")), at(130, 10)),
        ((entrance(110, 60, "main"), entrance(120, 10, "home", "1")), at(120, 10)),
        ((entrance(120, 10, "main", "3"),), None),
        ((), None),
    ],
)
def test_the_entrance_of_an_address_is_chosen(entrances: tuple[Entrance, ...], chosen: Point | None) -> None:
    """Its own number first, then the main one, then the nearest to its street; never that of another number."""
    finder = EntranceFinder([Building(HOUSE, entrances)], block())
    assert finder.entrance(HOUSE, "Main Street", "1") == chosen


def test_entrances_of_another_wing_or_house_are_not_taken() -> None:
    """A node far from the only entrance keeps its place, and so does a door outside of the building; a street that is
    not in the network does not matter.
    """
    finder = EntranceFinder([Building(HOUSE, (entrance(100, 12, "main"),))], block())
    nodes = [shapely.Point(east_m / METRES_PER_DEGREE, 12 / METRES_PER_DEGREE) for east_m in (130, 150, 90)]
    assert [finder.entrance(node, "Nowhere", "1") for node in nodes] == [at(100, 12), None, None]
    assert read_entrance({"entrance": "emergency"}, at(0, 0)) is None
