"""The hidden speeds of a simulated city: the same in every run, and what the scenario states."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from dispatch.domain.errors import InvalidInput
from dispatch.domain.vehicle import Profile
from dispatch.roads.generate import generate_city
from dispatch.roads.network import Network
from simulator.speed_field import HOUR_MS, SpeedField, load_traffic

SCENARIOS = Path(__file__).parents[2] / "simulator" / "scenarios"
TRAFFIC = load_traffic(SCENARIOS / "eta-generated.toml")
CALM = replace(TRAFFIC, lasting_sigma=0.0, own_sigma=0.0, noise_sigma=0.0)
RAIN, SLOW, CLOSED = TRAFFIC.rain[0], TRAFFIC.incidents[0], TRAFFIC.incidents[1]


@pytest.fixture(scope="module")
def network() -> Network:
    return generate_city(2_000, seed=3).network


def car_edges(network: Network) -> np.ndarray:
    return np.flatnonzero(network.is_open(Profile.CAR)).astype(np.int32)


def test_the_seed_decides_the_day_whatever_is_asked_first(network: Network) -> None:
    """Two fields of one seed agree edge by edge in any order of asking; another seed differs."""
    edges, noon = car_edges(network), 12 * HOUR_MS
    one, two = SpeedField(network, TRAFFIC), SpeedField(network, TRAFFIC)
    two.factor(Profile.CAR, edges[:3], 5)
    factors = one.factor(Profile.CAR, edges, noon)
    assert np.array_equal(factors, two.factor(Profile.CAR, edges[::-1], noon)[::-1])
    assert not np.array_equal(factors, SpeedField(network, replace(TRAFFIC, seed=8)).factor(Profile.CAR, edges, noon))


def test_the_peak_is_slower_and_walkers_do_not_feel_it(network: Network) -> None:
    """At six the streets take the curve's factor; on foot they take what they always do."""
    calm, edges = SpeedField(network, CALM), car_edges(network)
    kmh = network.speed_kmh[list(Profile).index(Profile.CAR)][edges]
    assert calm.factor(Profile.CAR, edges, 18 * HOUR_MS) == pytest.approx(np.where(kmh >= 30, 1.8, 1.3))
    dry = SpeedField(network, replace(CALM, rain=(), incidents=()))
    assert np.array_equal(dry.factor(Profile.CAR, edges, 42 * HOUR_MS), dry.factor(Profile.CAR, edges, 18 * HOUR_MS))
    walked = np.flatnonzero(network.is_open(Profile.FOOT)).astype(np.int32)
    assert calm.factor(Profile.FOOT, walked, 18 * HOUR_MS) == pytest.approx(1.0)


def test_rain_and_incidents_count_where_and_while_they_last(network: Network) -> None:
    """Rain and slow-downs multiply, a closure is infinite for wheels, not for walkers; afterwards all is as ever."""
    wild, dry = SpeedField(network, CALM), SpeedField(network, replace(CALM, rain=(), incidents=()))
    for spell, factor in ((RAIN, RAIN.factor), (SLOW, SLOW.factor), (CLOSED, np.inf)):
        inside = wild.edges_of(spell)
        edges = car_edges(network)
        for hour, wanted in ((spell.from_h, factor), (spell.until_h, 1.0)):
            at_ms = round(hour * HOUR_MS)
            ratio = wild.factor(Profile.CAR, edges, at_ms) / dry.factor(Profile.CAR, edges, at_ms)
            assert inside[edges].any()
            assert ratio == pytest.approx(np.where(inside[edges], wanted, 1.0))
    walked = np.flatnonzero(network.is_open(Profile.FOOT)).astype(np.int32)
    assert np.isfinite(wild.factor(Profile.FOOT, walked, round(CLOSED.from_h * HOUR_MS))).all()


def test_lasting_factors_are_alike_among_neighbours_and_noise_flows(network: Network) -> None:
    """The spread is the stated one, in logs; a second changes hardly anything, an hour does."""
    field, edges = SpeedField(network, replace(TRAFFIC, lasting_sigma=0.0, own_sigma=0.0)), car_edges(network)
    now, next_s, later = (np.log(field.factor(Profile.CAR, edges, ms)) for ms in (0, 1000, 300_000))
    assert np.abs(now - next_s).max() < 0.01
    assert np.std(later - now) == pytest.approx(TRAFFIC.noise_sigma * np.sqrt(2), rel=0.15)
    lasting = SpeedField(network, replace(CALM, lasting_sigma=0.18)).factor(Profile.CAR, edges, 0)
    still = SpeedField(network, CALM).factor(Profile.CAR, edges, 0)
    assert 0.05 < np.std(np.log(lasting / still)) < 0.4


def test_a_ride_takes_each_edge_at_its_moment_and_ends_at_a_closure(network: Network) -> None:
    """Times along the line add up from free-flow times and factors; behind a closed edge there is no time."""
    calm, edges = SpeedField(network, CALM), car_edges(network)
    inside = calm.edges_of(CLOSED)[edges]
    path = np.concatenate([edges[~inside][:2], edges[inside][:1], edges[~inside][2:3]])
    shares, depart_ms = np.array([0.5, 1.0, 1.0, 1.0]), round(CLOSED.from_h * HOUR_MS)
    reached_s = calm.ride(Profile.CAR, path, shares, depart_ms)
    free_s = network.travel_ms(Profile.CAR)[path] / 1000
    first_s = 0.5 * free_s[0] * calm.factor(Profile.CAR, path[:1], depart_ms)[0]
    entered_ms = depart_ms + round(first_s * 1000)
    second_s = first_s + free_s[1] * calm.factor(Profile.CAR, path[1:2], entered_ms)[0]
    assert reached_s == pytest.approx([first_s, second_s, np.inf, np.inf])


def test_the_scenarios_read_and_nonsense_is_refused(tmp_path: Path) -> None:
    """Both scenarios load; a missing part, a factor of 0 in the rain and a noise of no time are refused."""
    assert load_traffic(SCENARIOS / "eta-sf.toml").city == "maps/sf-downtown"
    text = (SCENARIOS / "eta-sf.toml").read_text(encoding="utf-8")
    for old, new in (("seed = 11", ""), ("factor = 1.25", "factor = 0"), ("noise_s = 300.0", "noise_s = 0")):
        (tmp_path / "bad.toml").write_text(text.replace(old, new), encoding="utf-8")
        with pytest.raises(InvalidInput):
            load_traffic(tmp_path / "bad.toml")
