"""Live weights: closures and slow-downs, swapped whole; the hours to come; what is not told stays as it is."""

from concurrent.futures import ThreadPoolExecutor
from threading import Event

import numpy as np
import pytest

from dispatch.domain.errors import InvalidInput
from dispatch.domain.vehicle import Profile
from dispatch.roads.city import City
from dispatch.roads.conditions import Conditions, Disturbance
from dispatch.roads.live import SLICE_MS, LiveTravelTimes
from dispatch.roads.network import CLOSED_MS
from dispatch.roads.travel_times import open_travel_times

NOW = 1_800_000_000_000


def everywhere(city: City, factor: float, from_ms: int = 0, until_ms: int = 0) -> Disturbance:
    """Rain on every edge."""
    edges = np.arange(2 * city.network.segment_count, dtype=np.int32)
    return Disturbance("rain", "weather", edges, factor, (), from_ms, until_ms, "rain")


def closure(*edges: int, from_ms: int = 0, until_ms: int = 0) -> Disturbance:
    return Disturbance("works", "closure", np.array(edges, dtype=np.int32), 1.0, (), from_ms, until_ms, "works")


def test_a_slow_city_is_slow_and_then_free_again(town: City) -> None:
    """Factor 2 everywhere doubles rides but for the turns; the version says so; when it is over all is as before."""
    times = open_travel_times(town)
    a, b = town.addresses[0].place, town.addresses[-1].place
    free_s = times.matrix_s(Profile.CAR, [a], [b])[0, 0]
    swap = times.update(Conditions((everywhere(town, 2.0),)), NOW)
    assert swap.changed == (Profile.CAR,) and times.version == swap.version == 1
    assert 1.8 * free_s < times.matrix_s(Profile.CAR, [a], [b])[0, 0] <= 2.001 * free_s
    assert times.route(Profile.CAR, a, b).duration_s == pytest.approx(
        times.matrix_s(Profile.CAR, [a], [b])[0, 0], abs=2e-3
    )
    again = times.update(Conditions((everywhere(town, 2.01),)), NOW)
    assert again.changed == () and times.version == 1
    times.update(Conditions(), NOW)
    assert times.matrix_s(Profile.CAR, [a], [b])[0, 0] == free_s


def test_a_closed_street_is_gone_round_and_its_doors_cannot_be_reached(town: City) -> None:
    """The way avoids the closed edges; a place on a street that is closed both ways is unreachable, with a reason."""
    times, network = open_travel_times(town), town.network
    snap = times.snap(Profile.EBIKE, town.addresses[40].place)
    on_it, depot = snap.place, town.addresses[-1].place
    assert np.isfinite(times.matrix_s(Profile.EBIKE, [depot], [on_it])[0, 0])
    times.update(Conditions((closure(2 * snap.segment, 2 * snap.segment + 1),)), NOW)
    assert times.matrix_s(Profile.EBIKE, [depot], [on_it])[0, 0] == np.inf
    with pytest.raises(InvalidInput, match="No street leads") as refused:
        times.route(Profile.EBIKE, depot, on_it)
    assert refused.value.code == "unreachable"
    assert (times.at(0).edge_ms(Profile.EBIKE)[[2 * snap.segment, 2 * snap.segment + 1]] == CLOSED_MS).all()
    assert network.is_open(Profile.EBIKE)[2 * snap.segment : 2 * snap.segment + 2].any()


def test_an_old_view_keeps_its_answers(town: City) -> None:
    """A view is of one moment, also for a profile that it is asked about only after the swap and then again."""
    times = open_travel_times(town)
    a, b = town.addresses[3].place, town.addresses[-3].place
    view = times.at(0)
    before = view.matrix_s(Profile.CAR, [a], [b])[0, 0]
    times.update(Conditions((everywhere(town, 3.0),)), NOW)
    assert view.matrix_s(Profile.CAR, [a], [b])[0, 0] == before
    assert view.version != times.version


def test_a_view_of_the_future_knows_when_it_ends(town: City) -> None:
    """Rain until in an hour: the ride now is slow, the ride in two hours is not; the pace tells the planner."""
    times = open_travel_times(town)
    a, b = town.addresses[0].place, town.addresses[-1].place
    free_s = times.matrix_s(Profile.CAR, [a], [b])[0, 0]
    times.update(Conditions((everywhere(town, 2.0, until_ms=NOW + 4 * SLICE_MS),)), NOW)
    assert times.at(NOW + 8 * SLICE_MS).matrix_s(Profile.CAR, [a], [b])[0, 0] == free_s
    assert times.matrix_s(Profile.CAR, [a], [b])[0, 0] > 1.8 * free_s
    starts, factors = zip(*times.pace(Profile.CAR), strict=True)
    assert list(starts) == sorted(starts) and all(start % SLICE_MS == 0 for start in starts)
    assert factors[0] == 1.0 and factors[-1] == pytest.approx(0.5, abs=0.01)


def test_quarters_that_are_alike_share_their_weights(town: City) -> None:
    """Five hours with one change in them take two sets of weights, not twenty."""
    times = open_travel_times(town)
    times.matrix_s(Profile.CAR, [town.addresses[0].place], [town.addresses[1].place])
    swap = times.update(Conditions((everywhere(town, 2.0, until_ms=NOW + 20 * SLICE_MS),)), NOW)
    assert swap.customised == 2


def test_edges_of_another_city_are_refused_and_nothing_changes(town: City) -> None:
    """The weights stay."""
    times = open_travel_times(town)
    a, b = town.addresses[0].place, town.addresses[-1].place
    before = times.matrix_s(Profile.CAR, [a], [b])[0, 0]
    with pytest.raises(InvalidInput) as refused:
        times.update(Conditions((closure(2 * town.network.segment_count),)), NOW)
    assert refused.value.code == "unknown_edge"
    assert times.matrix_s(Profile.CAR, [a], [b])[0, 0] == before and times.version == 0


def test_no_reader_ever_sees_half_old_weights(town: City) -> None:
    """Three threads ask for matrices while the whole city gets slower and faster: every answer is one of
    the two that are right, never a mixture."""
    times = open_travel_times(town)
    stops = [address.place for address in town.addresses[:: len(town.addresses) // 12]]
    right = set()
    for factor in (1.0, 2.0):
        times.update(Conditions((everywhere(town, factor),)), NOW)
        right.add(times.matrix_s(Profile.BIKE, stops, stops).tobytes())
    done, seen = Event(), [set[bytes]() for _ in range(3)]

    def read(mine: set[bytes]) -> None:
        while not done.is_set():
            mine.add(times.matrix_s(Profile.BIKE, stops, stops).tobytes())

    with ThreadPoolExecutor(3) as pool:
        readers = [pool.submit(read, mine) for mine in seen]
        swaps = 0
        while swaps < 60 or (swaps < 5_000 and any(len(mine) < 2 for mine in seen)):
            times.update(Conditions((everywhere(town, 1.0 + swaps % 2),)), NOW)
            swaps += 1
        done.set()
        for reader in readers:
            reader.result()
    assert all(mine == right for mine in seen)


def test_both_engines_agree_under_conditions(town: City) -> None:
    """Closures and rain: equal to the millisecond."""
    rng = np.random.default_rng(4)
    closed = closure(*rng.choice(2 * town.network.segment_count, 60, replace=False).tolist())
    stops = [address.place for address in town.addresses[:: len(town.addresses) // 15]]
    answers = []
    for engine in ("cch", "scipy"):
        times: LiveTravelTimes = open_travel_times(town, engine)
        times.matrix_s(Profile.CAR, stops[:1], stops[:1])
        times.update(Conditions((closed, everywhere(town, 1.4))), NOW)
        answers.append(times.matrix_s(Profile.CAR, stops, stops))
    assert np.array_equal(*answers)
