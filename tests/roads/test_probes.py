"""From matched rides to live speeds: what is measured, what neighbours share, what is forgotten, what is an alarm."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dispatch.domain.vehicle import Profile
from dispatch.roads.alarms import alarming
from dispatch.roads.cch import CchPaths
from dispatch.roads.city import City
from dispatch.roads.conditions import HALF_LIFE_MS, LEAST_FACTOR, MOST_FACTOR, Conditions, LiveSpeeds, edge_ms
from dispatch.roads.controls import Control
from dispatch.roads.kinship import Kinship
from dispatch.roads.matching import Matcher, Track
from dispatch.roads.network import Network
from dispatch.roads.observations import Observations, none_of, observed, stops_at_the_ends
from dispatch.roads.pooling import pooled
from dispatch.roads.probes import ProbeSpeeds
from dispatch.roads.riding import RoadTravelTimes
from simulator.benchmarks.roads_matching import Places, Ridden, noisy_track, random_rides
from simulator.chance import stream

CAR, NOW = Profile.CAR, 10_000_000


@pytest.fixture(scope="module")
def network(town: City) -> Network:
    return town.network


def long_edges(network: Network, count: int) -> np.ndarray:
    """The longest edges open to cars, so that noise hardly counts."""
    long_m = np.repeat(network.length_m, 2) * network.is_open(CAR) * (network.control == Control.NONE)
    return np.argsort(-long_m, kind="stable")[:count].astype(np.int32)


def ride(
    network: Network, edges: np.ndarray, factor: float, *, at_ms: int = NOW, number: int = 1, profile: Profile = CAR
) -> Observations:
    """A ride over some edges, each so many times as long as free flow."""
    free_s, many = network.travel_ms(profile)[edges] / 1000, len(edges)
    rides, at = np.full(many, number, dtype=np.int64), np.full(many, at_ms, dtype=np.int64)
    return Observations(profile, edges, np.full(many, factor), free_s, np.full(many, 0.03), at, rides)


def found(live: LiveSpeeds, edge: int) -> tuple[float, float]:
    """(factor, weight) of an edge; (1, 0) where nothing is known."""
    where = np.flatnonzero(live.edge == edge)
    return (float(live.factor[where[0]]), float(live.weight[where[0]])) if len(where) else (1.0, 0.0)


def test_nothing_measured_is_nothing_known(network: Network) -> None:
    """No passages, no speeds; an empty ride changes nothing."""
    probes = ProbeSpeeds(network)
    probes.take(none_of(CAR))
    assert len(probes.live(CAR, NOW).edge) == 0


def test_a_slowed_ride_is_measured_as_slow(town: City, network: Network) -> None:
    """A ride at twice the free-flow time is measured at two in the mean over its edges, never beyond the bounds."""
    rides = RoadTravelTimes(network, CchPaths).free(CAR)
    true, matcher = random_rides(town, rides, 5, stream(1, "r")), Matcher(network, CAR)
    for each in true:
        slow = Ridden(each.edge, each.begins, each.ends, 2 * each.end_s)
        track = noisy_track(Places(network), slow, stream(2, "n"), depart_ms=NOW, every_s=5, sigma_m=6)
        seen = observed(network, CAR, track, matcher.match(track), ride=7, standing=())
        assert ((seen.factor >= LEAST_FACTOR) & (seen.factor <= MOST_FACTOR)).all()
        assert set(seen.ride.tolist()) == {7}
        assert seen.took_s.sum() / seen.free_s.sum() == pytest.approx(2, rel=0.25)


def test_standing_at_a_stop_is_left_out_at_the_ends(network: Network) -> None:
    """Five minutes on one spot before and after a ride are found, and given times are left out as well."""
    edge = int(long_edges(network, 1)[0])
    share = np.concatenate([np.full(60, 0.05), np.linspace(0.05, 0.95, 20), np.full(60, 0.95)])
    lat, lon = Places(network).of(np.full(140, edge), share)
    track = Track(NOW + np.arange(140) * 5000, lat, lon, np.full(140, 9.0))
    first, last = stops_at_the_ends(track)
    assert first[0] == NOW
    assert 290_000 <= first[1] - NOW <= 330_000
    assert last[1] == track.at_ms[-1]
    matched = Matcher(network, CAR).match(track)
    assert len(observed(network, CAR, track, matched)) == 0
    assert len(observed(network, CAR, track, matched, standing=[(0, NOW + 1)])) == 0
    assert stops_at_the_ends(Track.of([])) == []


def test_who_is_stuck_on_an_edge_is_measured_before_it_is_left(network: Network) -> None:
    """Two minutes in the middle of a street that takes seconds say that it takes at least so long."""
    edge = int(long_edges(network, 1)[0])
    share = np.concatenate([np.linspace(0.05, 0.5, 5), np.full(30, 0.5)])
    lat, lon = Places(network).of(np.full(35, edge), share)
    track = Track(NOW + np.arange(35) * 4000, lat, lon, np.full(35, 9.0))
    seen = observed(network, CAR, track, Matcher(network, CAR).match(track), standing=())
    assert seen.edge.tolist() == [edge]
    assert seen.took_s[0] == pytest.approx(136, abs=1)
    assert seen.factor[0] > 2


def test_measurements_fade_and_agreeing_rides_are_surer(network: Network) -> None:
    """More rides weigh more; quarter hours later the same measurement weighs less; who disagrees weighs less."""
    edge = long_edges(network, 1)
    one, many, torn = ProbeSpeeds(network), ProbeSpeeds(network), ProbeSpeeds(network)
    one.take(ride(network, edge, 1.6))
    for number in range(6):
        many.take(ride(network, edge, 1.6, number=number))
        torn.take(ride(network, edge, 2.2 if number % 2 else 1.0, number=number))
    single, several, split = (found(probes.live(CAR, NOW), int(edge[0])) for probes in (one, many, torn))
    assert several[0] == pytest.approx(1.6, rel=0.01)
    assert single[1] < several[1]
    assert split[1] < several[1]
    later = found(many.live(CAR, NOW + 4 * HALF_LIFE_MS), int(edge[0]))
    assert later[1] < several[1]
    assert found(many.live(CAR, NOW + 7 * HALF_LIFE_MS), int(edge[0])) == (1.0, 0.0)


def test_neighbours_learn_with_less_confidence_the_further_they_are_related(network: Network) -> None:
    """The edge itself is surest, then its street, then its kind nearby, then its kind in the city."""
    kinship, is_open = Kinship(network), network.is_open(CAR)
    for edge in long_edges(network, 50).tolist():
        street, area, kind = kinship.street == kinship.street[edge], kinship.area == kinship.area[edge], kinship.kind
        same_street = np.flatnonzero(street & is_open & (np.arange(len(street)) != edge))
        same_area = np.flatnonzero(area & ~street & is_open)
        same_kind = np.flatnonzero((kind == kind[edge]) & ~area & is_open)
        if len(same_street) and len(same_area) and len(same_kind):
            break
    probes = ProbeSpeeds(network)
    for number in range(3):
        probes.take(ride(network, np.array([edge], dtype=np.int32), 1.7, number=number))
    live = probes.live(CAR, NOW)
    relatives = [found(live, int(each)) for each in (edge, same_street[0], same_area[0], same_kind[0])]
    weights = [weight for _, weight in relatives]
    assert weights == sorted(weights, reverse=True)
    assert weights[0] > weights[3] > 0
    assert all(factor == pytest.approx(1.7, rel=0.02) for factor, _ in relatives)


def test_cars_and_vans_are_one_motorbikes_count_less_and_bicycles_not_at_all(network: Network) -> None:
    """A van's ride is as good as a car's for cars; a motorbike's less; a bicycle's says nothing about them."""
    edge = long_edges(network, 1)
    weights = {}
    for profile in (CAR, Profile.VAN, Profile.MOTORBIKE, Profile.EBIKE):
        probes = ProbeSpeeds(network)
        probes.take(ride(network, edge, 1.5, profile=profile))
        weights[profile] = found(probes.live(CAR, NOW), int(edge[0]))[1]
    assert weights[CAR] == pytest.approx(weights[Profile.VAN])
    assert 0 < weights[Profile.MOTORBIKE] < weights[CAR]
    assert weights[Profile.EBIKE] == 0


def test_what_is_expected_is_no_news(network: Network) -> None:
    """Against a habit of two, a ride at two leaves factors at two; one at three is an excess of one half."""

    class Busy:
        def factors(self, profile: Profile, at_ms: int) -> np.ndarray:
            return np.full(2 * network.segment_count, 2.0, dtype=np.float32)

    edge = long_edges(network, 1)
    for measured in (2.0, 3.0):
        probes = ProbeSpeeds(network, Busy())
        probes.take(ride(network, edge, measured))
        assert found(probes.live(CAR, NOW), int(edge[0]))[0] == pytest.approx(measured, rel=0.01)


def test_one_ride_into_a_jam_is_believed_at_once_and_one_through_it_ends_the_alarm(network: Network) -> None:
    """Edges in a row at five times the expected are five times as long at once, neighbours slower; then all is well."""
    edge = int(long_edges(network, 1)[0])
    after = np.flatnonzero((network.tail == network.head[edge]) & network.is_open(CAR))
    jam = np.array([edge, after[0]], dtype=np.int32)
    probes = ProbeSpeeds(network)
    for number in range(3):
        probes.take(ride(network, jam, 1.0, number=number, at_ms=NOW - 600_000))
    probes.take(ride(network, jam, 5.0, number=9))
    live = probes.live(CAR, NOW)
    expected_ms = edge_ms(network, CAR, Conditions(probes={CAR: live}), NOW, NOW)
    assert (expected_ms[jam] > 3 * network.travel_ms(CAR)[jam]).all()
    beside = next(each for each in np.flatnonzero(network.tail == network.head[jam[1]]) if each not in jam)
    assert found(live, int(beside))[0] > 1.5
    probes.take(ride(network, jam, 1.1, number=10, at_ms=NOW + 60_000))
    over_ms = edge_ms(network, CAR, Conditions(probes={CAR: probes.live(CAR, NOW + 60_000)}), NOW, NOW)
    assert (over_ms[jam] < 2.5 * network.travel_ms(CAR)[jam]).all()


def test_a_red_light_is_no_alarm_unless_it_lasts(network: Network) -> None:
    """A minute lost on one edge with signals raises nothing; two minutes do."""
    lights = long_edges(network, 1)
    control = network.control.copy()
    control[lights] = Control.SIGNALS
    lit = replace(network, control=control)
    usual_s = np.array([20.0])
    assert alarming(lit, lights, usual_s + 60, usual_s).tolist() == [0]
    assert alarming(lit, lights, usual_s + 120, usual_s).tolist() == [7]
    assert alarming(network, lights, usual_s + 60, usual_s).tolist() == [4]
    assert alarming(network, lights, usual_s + 20, usual_s).tolist() == [0]


def test_overlapping_windows_count_a_passage_once(network: Network) -> None:
    """The same passage given three times weighs as much as given once."""
    edge = long_edges(network, 1)
    once, thrice = ProbeSpeeds(network), ProbeSpeeds(network)
    once.take(ride(network, edge, 1.5))
    for _ in range(3):
        thrice.take(ride(network, edge, 1.5))
    assert found(once.live(CAR, NOW), int(edge[0])) == found(thrice.live(CAR, NOW), int(edge[0]))


@settings(max_examples=40, deadline=None)
@given(values=st.lists(st.floats(0.2, 20.0), min_size=1, max_size=12), seed=st.integers(0, 999))
def test_an_estimate_lies_among_what_was_measured(values: list[float], seed: int) -> None:
    """Whatever is measured where: estimates lie between the extremes, confidences between 0 and 1."""
    rng = np.random.default_rng(seed)
    edge = rng.integers(0, 20, len(values)).astype(np.int32)
    levels = [(np.arange(20, dtype=np.int32) // size, 0.2) for size in (20, 5, 1)]
    trust = rng.uniform(0.01, 1, len(values))
    estimate = pooled(levels, edge, np.array(values), np.full(len(values), 0.05), trust)
    assert (estimate.value >= min(values) - 1e-9).all()
    assert (estimate.value <= max(values) + 1e-9).all()
    assert ((estimate.confidence >= 0) & (estimate.confidence <= 1)).all()
    assert (estimate.confidence[edge] >= estimate.confidence.min() - 1e-12).all()
