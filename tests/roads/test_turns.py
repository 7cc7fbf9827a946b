"""Turns: forbidden ones are not taken, dear ones are avoided, and where they do not matter nothing changes."""

from dataclasses import replace
from heapq import heappop, heappush
from math import inf

import numpy as np
import pytest

from dispatch.domain.geo import Point
from dispatch.domain.vehicle import Profile
from dispatch.roads.build import Street, build_network
from dispatch.roads.cch import CchPaths
from dispatch.roads.city import City
from dispatch.roads.controls import Control, Sign, read_sign
from dispatch.roads.generate import generate_city
from dispatch.roads.ground import Ground
from dispatch.roads.network import Network, RoadClass
from dispatch.roads.restrictions import Restriction, read_restriction
from dispatch.roads.rides import Rides, Streets, split
from dispatch.roads.riding import RoadTravelTimes
from dispatch.roads.scipy_engine import ScipyPaths
from dispatch.roads.shortest_paths import ShortestPaths
from dispatch.roads.turns import TURN_ROUND_S, Turns, turns_of

KMH = (5.0, 15.0, 15.0, 36.0, 36.0, 36.0)
CROSS = {0: (60.0, 25.0), 1: (60.005, 25.0), 2: (60.0, 25.01), 3: (59.995, 25.0), 4: (60.0, 24.99), 5: (60.005, 25.01)}
NORTH, EAST, SOUTH, WEST = (Point(*CROSS[node]) for node in (1, 2, 3, 4))
BITS_WHEELS = 0b111110


def crossing(*restrictions: Restriction, around: bool = True, drives_left: bool = False) -> Network:
    """Four arms of main streets, ways 1 (north) to 4 (west); `around`: north and east are also joined by way 5."""
    arms = [Street((0, arm), f"Arm {arm}", KMH, KMH, RoadClass.SECONDARY, arm) for arm in (1, 2, 3, 4)]
    ring = [Street((1, 5, 2), "Ring", KMH, KMH, RoadClass.RESIDENTIAL, 5)] if around else []
    return build_network([*arms, *ring], CROSS, restrictions=restrictions, drives_left=drives_left)


def ride_s(network: Network, profile: Profile, a: Point, b: Point) -> float:
    """The time of a ride, the same by both engines."""
    both = [
        float(RoadTravelTimes(network, engine).matrix_s(profile, [a], [b])[0, 0]) for engine in (CchPaths, ScipyPaths)
    ]
    assert both[0] == both[1]
    return both[0]


def test_a_forbidden_turn_is_not_taken() -> None:
    """No right turn from the south arm into the east one: a car goes round by the north, someone on foot does not."""
    free, banned = crossing(), crossing(Restriction(3, 0, 2, only=False, bans=BITS_WHEELS))
    assert ride_s(banned, Profile.CAR, SOUTH, EAST) > ride_s(free, Profile.CAR, SOUTH, EAST) + 30
    assert ride_s(banned, Profile.FOOT, SOUTH, EAST) == ride_s(free, Profile.FOOT, SOUTH, EAST)
    assert ride_s(banned, Profile.CAR, EAST, SOUTH) == ride_s(free, Profile.CAR, EAST, SOUTH)


def test_only_one_way_on_forbids_the_others() -> None:
    """Only straight on from the south: neither right nor left nor back, and straight on as before."""
    free, banned = crossing(), crossing(Restriction(3, 0, 1, only=True, bans=BITS_WHEELS))
    assert ride_s(banned, Profile.CAR, SOUTH, NORTH) == ride_s(free, Profile.CAR, SOUTH, NORTH)
    for goal in (EAST, WEST):
        assert ride_s(banned, Profile.CAR, SOUTH, goal) > ride_s(free, Profile.CAR, SOUTH, goal) + 30


def test_turning_round_behind_the_sign_costs_its_time() -> None:
    """Who must not turn at the crossing may turn round at the next junction; that is told apart too and not free."""
    network = crossing(Restriction(3, 0, 2, only=False, bans=BITS_WHEELS))
    turns = turns_of(network, Profile.CAR)
    north = int(
        np.flatnonzero(np.isclose(network.node_lat, CROSS[1][0]) & np.isclose(network.node_lon, CROSS[1][1]))[0]
    )
    assert turns.told_apart[north]
    back = turns.come ^ 1 == turns.go
    assert set(turns.ms[back & (network.head[turns.come] == north)].tolist()) == {round(TURN_ROUND_S * 1000)}


def test_a_restriction_that_cuts_a_street_off_is_not_believed() -> None:
    """Without the ring road, "no entry" from every arm would make the east arm unreachable: the map must be wrong."""
    bans = [Restriction(arm, 0, 2, only=False, bans=BITS_WHEELS) for arm in (1, 3, 4)]
    assert len(crossing(*bans, around=False).ban_come) == 0
    assert len(crossing(*bans, around=True).ban_come) == 3


@pytest.mark.parametrize("drives_left", [False, True])
def test_across_the_oncoming_traffic_is_dearer(drives_left: bool) -> None:
    """From the south, left costs more than right and straight on next to nothing; the other way round in Japan."""
    network = crossing(drives_left=drives_left)
    right, left = ride_s(network, Profile.CAR, SOUTH, EAST), ride_s(network, Profile.CAR, SOUTH, WEST)
    straight = ride_s(network, Profile.CAR, SOUTH, NORTH)
    near_side, across = (left, right) if drives_left else (right, left)
    assert 1.5 < across - near_side < 6
    assert straight < near_side


def test_signals_delay_who_arrives_at_them() -> None:
    """13 s for wheels and 10 s on foot at the crossing; between two signals of one crossing nobody waits twice."""
    plain = build_network([Street((1, 0, 3), "", KMH, KMH), Street((4, 0, 2), "", KMH, KMH)], CROSS)
    lights = build_network(
        [Street((1, 0, 3), "", KMH, KMH), Street((4, 0, 2), "", KMH, KMH)], CROSS, {0: Sign(Control.SIGNALS)}
    )
    for profile, delay_s in ((Profile.CAR, 13), (Profile.FOOT, 10)):
        assert ride_s(lights, profile, SOUTH, NORTH) - ride_s(plain, profile, SOUTH, NORTH) == pytest.approx(
            delay_s, abs=0.01
        )
    near = {
        6: (60.0, 25.0),
        7: (60.0, 25.0002),
        8: (60.0, 25.01),
        9: (60.005, 25.0),
        10: (60.005, 25.0002),
        11: (60.0, 24.99),
    }
    streets = [Street(nodes, "", KMH, KMH) for nodes in ((11, 6), (6, 7), (7, 8), (6, 9), (7, 10))]
    double = build_network(streets, near, {6: Sign(Control.SIGNALS), 7: Sign(Control.SIGNALS)})
    assert (double.control == Control.SIGNALS).sum() == 4


@pytest.mark.parametrize(
    ("tags", "sign"),
    [
        ({"highway": "traffic_signals"}, Sign(Control.SIGNALS)),
        ({"highway": "traffic_signals", "traffic_signals:direction": "forward"}, Sign(Control.SIGNALS, True, False)),
        ({"highway": "stop", "direction": "backward"}, Sign(Control.STOP, False, True)),
        ({"highway": "give_way"}, Sign(Control.GIVE_WAY)),
        ({"highway": "crossing", "crossing": "traffic_signals"}, None),
    ],
)
def test_signs_are_read(tags: dict[str, str], sign: Sign | None) -> None:
    """As OpenStreetMap tags them; a crossing for people on foot makes no ride wait."""
    assert read_sign(tags) == sign


MEMBERS = [("from", "w", 1), ("via", "n", 0), ("to", "w", 2)]


@pytest.mark.parametrize(
    ("tags", "only", "bans"),
    [
        ({"restriction": "no_left_turn"}, False, 0b111110),
        ({"restriction": "no_left_turn", "except": "bicycle;psv"}, False, 0b111000),
        ({"restriction": "only_straight_on"}, True, 0b111110),
        ({"restriction:motorcar": "no_u_turn"}, False, 0b010000),
        ({"restriction:conditional": "no_right_turn @ (Mo-Fr 07:00-19:00)"}, False, 0b111110),
        ({"restriction:hgv": "no_left_turn"}, None, 0),
        ({"restriction": "no_parking"}, None, 0),
    ],
)
def test_restrictions_are_read(tags: dict[str, str], only: bool | None, bans: int) -> None:
    """Whom they concern: everybody on wheels, without those excepted; what holds at some hours holds always."""
    found = list(read_restriction(tags, MEMBERS))
    assert found == ([] if only is None else [Restriction(1, 0, 2, only, bans)])


def test_a_way_as_via_is_left_out() -> None:
    """Only junctions are read."""
    assert not list(read_restriction({"restriction": "no_u_turn"}, [("from", "w", 1), ("via", "w", 7), ("to", "w", 2)]))


def edge_based_ms(network: Network, turns: Turns, edge_ms: np.ndarray, start: int, goal: int) -> float:
    """From the head of one edge to the tail of another by a textbook search over edges: an independent check."""
    cost = {
        (come, go): ms for come, go, ms in zip(turns.come.tolist(), turns.go.tolist(), turns.ms.tolist(), strict=True)
    }
    out: dict[int, list[int]] = {}
    for edge in np.flatnonzero(network.is_open(Profile.CAR)).tolist():
        out.setdefault(int(network.tail[edge]), []).append(edge)
    best, queue = {start: 0}, [(0, start)]
    while queue:
        so_far, edge = heappop(queue)
        if so_far > best.get(edge, inf):
            continue
        for following in out.get(int(network.head[edge]), ()):
            turn_ms = cost.get((edge, following)) if turns.told_apart[network.head[edge]] else 0
            if turn_ms is None:
                continue
            if following == goal:
                queue_ms = so_far + turn_ms
                best[-1] = min(best.get(-1, queue_ms), queue_ms)
                continue
            reached = so_far + turn_ms + int(edge_ms[following])
            if reached < best.get(following, inf):
                best[following] = reached
                heappush(queue, (reached, following))
    return best.get(-1, inf)


@pytest.mark.parametrize("everywhere", [False, True])
def test_a_network_with_turns_rides_like_an_edge_based_search(town: City, everywhere: bool) -> None:
    """A generated town with 30 random bans: pairs equal a search over edges, few junctions told apart or all."""
    network = with_random_bans(town.network, 30)
    turns = turns_of(network, Profile.CAR, everywhere)
    ground = Ground(network, Profile.CAR, turns)
    assert everywhere or turns.told_apart.mean() < 0.9
    paths: ShortestPaths = CchPaths(ground.graph(ground.free_ms))
    rides, rng = Rides(Streets(ground), paths, ground.free_ms), np.random.default_rng(3)
    chosen = rng.choice(ground.edges[network.is_open(Profile.CAR)[ground.edges ^ 1] == False], 80)  # noqa: E712 - one-ways
    compared = 0
    for start, goal in zip(chosen[:40].tolist(), chosen[40:].tolist(), strict=True):
        if start // 2 == goal // 2:
            continue
        ends = [rides.streets.point_at(edge // 2, 0.5) for edge in (start, goal)]
        found = split(rides.streets.snapper.snap(ends), 1)
        if [int(side.segment[0]) for side in found] != [start // 2, goal // 2]:
            continue
        starts, goals = rides.gates(*found)
        own = [int(gates.ms[0, edge % 2]) for gates, edge in ((starts, start), (goals, goal))]
        assert rides.times_ms(*found)[0, 0] == edge_based_ms(network, turns, ground.free_ms, start, goal) + sum(own)
        compared += 1
    assert compared > 20


def with_random_bans(network: Network, count: int) -> Network:
    """Random turns that cars may not take, those only that cut nothing off."""
    from dispatch.roads.believing import with_believable_bans

    turns, rng = turns_of(network, Profile.CAR, everywhere=True), np.random.default_rng(1)
    chosen = np.sort(rng.choice(np.flatnonzero(turns.come ^ 1 != turns.go), count, replace=False))
    bits = np.full(count, 0b010000, dtype=np.uint8)
    return with_believable_bans(replace(network, ban_come=turns.come[chosen], ban_go=turns.go[chosen], ban_for=bits))


def test_a_route_lasts_what_the_matrix_says_with_turns() -> None:
    """The turns' time is in the route's too."""
    city = generate_city(1_500, seed=5)
    times = RoadTravelTimes(with_random_bans(city.network, 200), CchPaths)
    places = [address.place for address in city.addresses[:: len(city.addresses) // 12]]
    matrix = times.matrix_s(Profile.CAR, places, places)
    for i, a in enumerate(places):
        for j, b in enumerate(places):
            assert times.route(Profile.CAR, a, b).duration_s == pytest.approx(matrix[i, j], abs=1e-3)
