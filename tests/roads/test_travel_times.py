"""Travel times, routes and snapping: two engines, one truth."""

import sys
from collections import defaultdict
from concurrent.futures import ThreadPoolExecutor
from heapq import heappop, heappush
from itertools import pairwise
from math import inf

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from dispatch.domain.errors import InvalidInput
from dispatch.domain.geo import Point, distance_m
from dispatch.domain.vehicle import Profile
from dispatch.roads.build import NOBODY, Street, build_network
from dispatch.roads.city import City
from dispatch.roads.generate import generate_city
from dispatch.roads.network import PROFILES
from dispatch.roads.riding import RoadTravelTimes
from dispatch.roads.scipy_engine import ScipyPaths
from dispatch.roads.travel_times import Snap, TravelTimes, open_travel_times

TOWN = generate_city(2_000, seed=3)
FAST, PLAIN = open_travel_times(TOWN, "cch"), open_travel_times(TOWN, "scipy")
places = st.builds(
    Point, st.floats(TOWN.box.south, TOWN.box.north), st.floats(TOWN.box.west, TOWN.box.east)
)  # fmt: skip
profiles = st.sampled_from(PROFILES)


@settings(max_examples=60)
@given(profiles, st.lists(places, min_size=1, max_size=6), st.lists(places, min_size=1, max_size=6))
def test_both_engines_give_the_same_matrix(profile: Profile, sources: list[Point], targets: list[Point]) -> None:
    """Random places, all profiles, more sources than targets and fewer: equal to the millisecond."""
    assert np.array_equal(FAST.matrix_s(profile, sources, targets), PLAIN.matrix_s(profile, sources, targets))


@settings(max_examples=60)
@given(profiles, places, places)
def test_a_route_lasts_what_the_matrix_says(profile: Profile, a: Point, b: Point) -> None:
    """Both engines' routes take the matrix's time, though they may choose different ways of equal length."""
    expected_s = FAST.matrix_s(profile, [a], [b])[0, 0]
    for engine in (FAST, PLAIN):
        assert engine.route(profile, a, b).duration_s == pytest.approx(expected_s, abs=1e-3)


@settings(max_examples=60)
@given(profiles, places, places)
def test_a_route_can_be_ridden(profile: Profile, a: Point, b: Point) -> None:
    """It starts and ends at the snapped places, leaps nowhere, takes time as it goes, and is as long as it says."""
    ride = FAST.route(profile, a, b)
    assert len(ride.line) == len(ride.at_s) >= 2
    assert ride.at_s[0] == 0
    assert ride.at_s[-1] == pytest.approx(ride.duration_s)
    assert all(before <= after for before, after in pairwise(ride.at_s))
    assert distance_m(ride.line[0], FAST.snap(profile, a).place) < 0.05
    assert distance_m(ride.line[-1], FAST.snap(profile, b).place) < 0.05
    steps_m = [distance_m(here, there) for here, there in pairwise(ride.line)]
    assert sum(steps_m) == pytest.approx(ride.distance_m, rel=1e-3, abs=0.5)
    speeds_kmh = [
        m / (t1 - t0) * 3.6 for m, (t0, t1) in zip(steps_m, pairwise(ride.at_s), strict=True) if t1 - t0 > 0.5
    ]
    assert all(1 < kmh < 90 for kmh in speeds_kmh)


@settings(max_examples=40)
@given(profiles, places, places, places)
def test_a_detour_is_never_faster(profile: Profile, a: Point, b: Point, c: Point) -> None:
    """The triangle inequality holds for places on streets; a few ms of rounding at each snapped end are allowed."""
    a, b, c = (FAST.snap(profile, place).place for place in (a, b, c))
    times = FAST.matrix_s(profile, [a, b], [b, c])
    assert times[0, 1] <= times[0, 0] + times[1, 1] + 0.02


def test_the_estimated_metres_are_near_the_ridden_ones() -> None:
    """Over many rides the estimate is unbiased to a tenth, and it is never shorter than the straight line."""
    rng = np.random.default_rng(5)
    stops = [TOWN.addresses[index].place for index in rng.integers(0, len(TOWN.addresses), 60)]
    for profile in (Profile.BIKE, Profile.CAR):
        estimate_m = np.diag(FAST.distances_m(profile, stops[:30], stops[30:]))
        ridden_m = [FAST.route(profile, a, b).distance_m for a, b in zip(stops[:30], stops[30:], strict=True)]
        assert estimate_m.sum() == pytest.approx(sum(ridden_m), rel=0.1)


def test_faster_vehicles_arrive_earlier() -> None:
    """Across the town: on foot, by bike, by e-bike, by car."""
    a, b = TOWN.addresses[0].place, TOWN.addresses[-1].place
    order = [Profile.FOOT, Profile.BIKE, Profile.EBIKE, Profile.CAR]
    times = [FAST.matrix_s(profile, [a], [b])[0, 0] for profile in order]
    assert times == sorted(times, reverse=True)


def slow_time_s(profile: Profile, a: Snap, b: Snap) -> float:
    """The time between two snapped places by a textbook Dijkstra on the network with both of them put in as nodes."""
    network, edge_s = TOWN.network, TOWN.network.travel_ms(profile) / 1000
    ways = defaultdict(list)
    for edge in np.flatnonzero(network.is_open(profile)).tolist():
        segment, against = divmod(edge, 2)
        shares = {0.0: int(network.tail[edge]), 1.0: int(network.head[edge])}
        for name, snap in (("a", a), ("b", b)):
            if snap.segment == segment:
                shares[1 - snap.fraction if against else snap.fraction] = name
        stops = sorted(shares.items())
        for (here, tail), (there, head) in pairwise(stops):
            ways[tail].append((head, (there - here) * edge_s[edge]))
    best, queue = {"a": 0.0}, [(0.0, 0, "a")]
    while queue:
        so_far_s, _, node = heappop(queue)
        if node == "b":
            return so_far_s
        for following, leg_s in ways[node]:
            if so_far_s + leg_s < best.get(following, inf):
                best[following] = so_far_s + leg_s
                heappush(queue, (so_far_s + leg_s, len(best) + len(queue), following))
    return inf


@settings(max_examples=30)
@given(profiles, places, places)
def test_the_times_are_those_of_a_textbook_search(profile: Profile, a: Point, b: Point) -> None:
    """A slow independent reference, within the milliseconds that rounding at both ends may take."""
    here, there = FAST.snap(profile, a), FAST.snap(profile, b)
    assume(0 < here.fraction < 1 and 0 < there.fraction < 1 and here.segment != there.segment)
    assert FAST.matrix_s(profile, [a], [b])[0, 0] == pytest.approx(slow_time_s(profile, here, there), abs=3e-3)


def test_many_threads_get_the_answers_of_one(town: City) -> None:
    """The engine's queries are bound to their thread; callers need not know, even while profiles are being prepared."""
    stops = [address.place for address in town.addresses[:: len(town.addresses) // 24]]

    def ask(times: TravelTimes, profile: Profile) -> tuple[bytes, float]:
        return times.matrix_s(profile, stops, stops).tobytes(), times.route(profile, stops[0], stops[-1]).duration_s

    alone = {profile: ask(FAST, profile) for profile in PROFILES}
    shared, asked = open_travel_times(town, "cch"), list(PROFILES) * 5
    with ThreadPoolExecutor(4) as pool:
        answers = pool.map(lambda profile: ask(shared, profile), asked)
        assert [answer == alone[profile] for profile, answer in zip(asked, answers, strict=True)] == [True] * len(asked)


def test_an_empty_side_gives_an_empty_matrix() -> None:
    """No sources or no targets is a question too."""
    place = TOWN.addresses[0].place
    assert FAST.matrix_s(Profile.BIKE, [], [place]).shape == (0, 1)
    assert FAST.matrix_s(Profile.BIKE, [place], []).shape == (1, 0)
    assert FAST.distances_m(Profile.BIKE, [place], []).shape == (1, 0)


def test_a_place_far_from_every_street_is_refused() -> None:
    """More than 2 km off: the message names the place."""
    lost = Point(TOWN.box.south - 0.05, TOWN.box.west)
    with pytest.raises(InvalidInput, match=r"43\.94.*more than 2 km from any street") as refused:
        FAST.matrix_s(Profile.BIKE, [TOWN.addresses[0].place, lost], [TOWN.addresses[1].place])
    assert refused.value.code == "off_network"
    with pytest.raises(InvalidInput):
        FAST.snap(Profile.CAR, lost)


PLACES = {1: (60.0, 25.0), 2: (60.0, 25.01), 3: (60.005, 25.01), 4: (60.005, 25.0)}
KMH = (5.0, 15.0, 15.0, 36.0, 36.0, 36.0)
LEG_M = distance_m(Point(60.0, 25.0), Point(60.0, 25.01))


def square(*, one_way: bool, engine: str) -> TravelTimes:
    """Four streets round a block, 10 m/s for cars; Main Street (1 to 2) may be one-way."""
    main_back = KMH if not one_way else NOBODY
    streets = [
        Street((1, 2), "Main Street", KMH, main_back),
        Street((2, 3), "", KMH, KMH),
        Street((3, 4), "", KMH, KMH),
        Street((4, 1), "", KMH, KMH),
    ]
    if engine == "scipy":
        return RoadTravelTimes(build_network(streets, PLACES), ScipyPaths)
    from dispatch.roads.cch import CchPaths

    return RoadTravelTimes(build_network(streets, PLACES), CchPaths)


@pytest.mark.parametrize("engine", ["cch", "scipy"])
def test_within_one_street_the_way_is_straight(engine: str) -> None:
    """From a quarter to three quarters of a segment takes half its time, in both directions of a two-way street."""
    times = square(one_way=False, engine=engine)
    quarter, three = Point(60.0, 25.0025), Point(60.0, 25.0075)
    for a, b in ((quarter, three), (three, quarter)):
        assert times.matrix_s(Profile.CAR, [a], [b])[0, 0] == pytest.approx(LEG_M / 20, abs=0.05)
        ride = times.route(Profile.CAR, a, b)
        assert len(ride.line) == 2
        assert ride.distance_m == pytest.approx(LEG_M / 2, rel=1e-3)
    assert times.matrix_s(Profile.CAR, [quarter], [quarter])[0, 0] == 0


@pytest.mark.parametrize("engine", ["cch", "scipy"])
def test_back_along_a_oneway_leads_round_the_block(engine: str) -> None:
    """A goal behind one on a one-way street is reached by the other three streets."""
    times = square(one_way=True, engine=engine)
    quarter, three = Point(60.0, 25.0025), Point(60.0, 25.0075)
    ahead_s, round_s = times.matrix_s(Profile.CAR, [quarter, three], [three, quarter]).diagonal().tolist()
    assert ahead_s == pytest.approx(LEG_M / 20, abs=0.05)
    block_m = sum(distance_m(Point(*PLACES[a]), Point(*PLACES[b])) for a, b in ((1, 2), (2, 3), (3, 4), (4, 1)))
    assert round_s == pytest.approx((block_m - LEG_M / 2) / 10, abs=0.1)
    assert times.route(Profile.CAR, three, quarter).distance_m == pytest.approx(block_m - LEG_M / 2, rel=1e-3)


def test_a_snap_says_where_on_which_street() -> None:
    """30 m beside the middle of Main Street."""
    aside = Point(60.0 - 0.00027, 25.005)
    snap = square(one_way=False, engine="cch").snap(Profile.BIKE, aside)
    assert (snap.street, round(snap.fraction, 2)) == ("Main Street", 0.5)
    assert snap.distance_m == pytest.approx(30, abs=0.5)
    assert distance_m(snap.place, Point(60.0, 25.005)) < 0.5


def test_a_profile_without_streets_is_told_so() -> None:
    """A town of motorways has nothing for bicycles."""
    motors = (0.0, 0.0, 0.0, 36.0, 36.0, 36.0)
    network = build_network([Street((1, 2), "", motors, motors)], PLACES)
    with pytest.raises(InvalidInput, match="no streets for the vehicle 'bike'"):
        RoadTravelTimes(network, ScipyPaths).snap(Profile.BIKE, Point(60.0, 25.0))


def test_scipy_takes_over_where_the_wheel_is_missing(monkeypatch: pytest.MonkeyPatch, town: City) -> None:
    """With `routingkit_cch` not importable, "auto" still answers, and the same; "cch" says what is missing."""
    monkeypatch.setitem(sys.modules, "routingkit_cch", None)
    monkeypatch.delitem(sys.modules, "dispatch.roads.cch", raising=False)
    stops = [address.place for address in town.addresses[:4]]
    expected = PLAIN.matrix_s(Profile.BIKE, stops, stops)
    assert np.array_equal(open_travel_times(town, "auto").matrix_s(Profile.BIKE, stops, stops), expected)
    with pytest.raises(ImportError):
        open_travel_times(town, "cch")


def test_a_network_made_without_the_wheel_serves_the_hierarchy_too(monkeypatch: pytest.MonkeyPatch) -> None:
    """Its contraction order is unknown then; the engine works one out when it is opened."""
    with monkeypatch.context() as patch:
        patch.setitem(sys.modules, "routingkit_cch", None)
        city = generate_city(1_000, seed=3)
    assert len(city.network.order) == 0
    a, b = city.addresses[0].place, city.addresses[-1].place
    plain = open_travel_times(city, "scipy").matrix_s(Profile.CAR, [a], [b])
    assert np.array_equal(open_travel_times(city, "cch").matrix_s(Profile.CAR, [a], [b]), plain)
