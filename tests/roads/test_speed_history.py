"""Habits: what is learnt by hour, kind of day, area and edge, how it is forgotten, and that it survives storage."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dispatch.domain.errors import InvalidInput
from dispatch.domain.vehicle import Profile
from dispatch.roads.city import City
from dispatch.roads.generate import generate_city
from dispatch.roads.kinship import Kinship
from dispatch.roads.network import Network
from dispatch.roads.observations import Observations, none_of
from dispatch.roads.speed_history import HALF_LIFE_MS, LearntHabits

CAR, HOUR_MS, DAY_MS = Profile.CAR, 3_600_000, 86_400_000
MONDAY_MS = 4 * DAY_MS
"""The first Monday of 1970, at midnight UTC."""


@pytest.fixture(scope="module")
def network(town: City) -> Network:
    return town.network


@pytest.fixture(scope="module")
def edges(network: Network) -> np.ndarray:
    return np.flatnonzero(network.is_open(CAR)).astype(np.int32)


def seen(edges: np.ndarray, factor: np.ndarray | float, at_ms: int, profile: Profile = CAR) -> Observations:
    """Every edge passed once."""
    many = len(edges)
    at, rides = np.full(many, at_ms, dtype=np.int64), np.arange(many, dtype=np.int64)
    factors = np.broadcast_to(np.asarray(factor, dtype=np.float64), many).copy()
    return Observations(profile, edges, factors, np.full(many, 10.0), np.full(many, 0.04), at, rides)


def mean_factor(habits: LearntHabits, edges: np.ndarray, at_ms: int, profile: Profile = CAR) -> float:
    return float(habits.factors(profile, at_ms)[edges].mean())


def test_nothing_learnt_is_free_flow(network: Network, edges: np.ndarray) -> None:
    """Factors of 1 for everybody at any hour; learning nothing or from walkers leaves them."""
    habits = LearntHabits(network)
    habits.learn(none_of(CAR))
    habits.learn(seen(edges, 3.0, MONDAY_MS, Profile.FOOT))
    for profile in Profile:
        factors = habits.factors(profile, MONDAY_MS + 8 * HOUR_MS)
        assert factors.dtype == np.float32
        assert factors.shape == (2 * network.segment_count,)
        assert (factors == 1).all()


def test_the_hour_and_the_kind_of_day_are_told_apart(network: Network, edges: np.ndarray) -> None:
    """Slow at eight on Mondays: also on Tuesdays, hardly on Sundays, not at noon; vans feel it, bikes do not."""
    habits = LearntHabits(network)
    habits.learn(seen(edges, 1.8, MONDAY_MS + 8 * HOUR_MS + HOUR_MS // 4))
    habits.learn(seen(edges, 1.0, MONDAY_MS + 12 * HOUR_MS))
    eight = 8 * HOUR_MS + HOUR_MS // 4
    assert mean_factor(habits, edges, MONDAY_MS + eight) == pytest.approx(1.8, abs=0.1)
    assert mean_factor(habits, edges, MONDAY_MS + DAY_MS + eight, Profile.VAN) == pytest.approx(1.8, abs=0.1)
    assert mean_factor(habits, edges, MONDAY_MS + 12 * HOUR_MS) == pytest.approx(1.0, abs=0.1)
    assert mean_factor(habits, edges, MONDAY_MS + 6 * DAY_MS + 12 * HOUR_MS) < 1.2
    assert mean_factor(habits, edges, MONDAY_MS + eight, Profile.EBIKE) == 1


def test_hours_are_local(network: Network, edges: np.ndarray) -> None:
    """Two hours east of Greenwich Sunday begins two hours earlier: what was learnt there holds then."""
    east = LearntHabits(network, utc_offset_ms=2 * HOUR_MS)
    saturday_night_ms = MONDAY_MS + 5 * DAY_MS + 22 * HOUR_MS + HOUR_MS // 4
    east.learn(seen(edges, 2.0, saturday_night_ms))
    next_sunday_ms = MONDAY_MS + 13 * DAY_MS - 2 * HOUR_MS + HOUR_MS // 4
    assert mean_factor(east, edges, next_sunday_ms) == pytest.approx(2.0, abs=0.1)
    assert mean_factor(east, edges, next_sunday_ms + 2 * HOUR_MS) < 1.5


def test_between_half_hours_it_flows(network: Network, edges: np.ndarray) -> None:
    """From one minute to the next no edge changes by more than a few percent, though the half hours differ by half."""
    habits = LearntHabits(network)
    for half in range(12, 24):
        habits.learn(seen(edges, 1.0 + 0.5 * (half % 2), MONDAY_MS + half * HOUR_MS // 2 + HOUR_MS // 4))
    steps = [habits.factors(CAR, MONDAY_MS + 8 * HOUR_MS + minute * 60_000) for minute in range(90)]
    assert np.abs(np.diff(np.stack(steps), axis=0)).max() < 0.06
    assert np.ptp([step.mean() for step in steps]) > 0.2


def test_areas_and_edges_keep_what_is_lasting_about_them(network: Network, edges: np.ndarray) -> None:
    """A slow area is slow at hours in which nobody measured it; an edge differs from its area when it often did."""
    habits, kinship = LearntHabits(network), Kinship(network)
    areas, counts = np.unique(kinship.area[edges], return_counts=True)
    inside = kinship.area[edges] == areas[counts.argmax()]
    odd = edges[inside][0]
    factor = np.where(inside, 1.6, 1.0) * np.where(edges == odd, 1.5, 1.0)
    for half in range(16):
        habits.learn(seen(edges, factor, MONDAY_MS + (16 + half) * HOUR_MS // 2))
    night = habits.factors(CAR, MONDAY_MS + 2 * HOUR_MS)
    rest = edges[inside & (edges != odd)]
    assert night[rest].mean() > 1.3 * night[edges[~inside]].mean()
    assert night[odd] > 1.25 * night[rest].mean()


def test_habits_change_over_weeks(network: Network, edges: np.ndarray) -> None:
    """After two half-lives the new habit has three quarters of the say."""
    habits, eight = LearntHabits(network), MONDAY_MS + 8 * HOUR_MS + HOUR_MS // 4
    habits.learn(seen(edges, 2.0, eight))
    before = mean_factor(habits, edges, eight)
    habits.learn(seen(edges, 1.2, eight + 2 * HALF_LIFE_MS))
    assert before == pytest.approx(2.0, abs=0.1)
    assert mean_factor(habits, edges, eight) < 1.45


@settings(max_examples=20, deadline=None)
@given(seed=st.integers(0, 9999), count=st.integers(0, 300))
def test_storage_keeps_everything(network: Network, edges: np.ndarray, seed: int, count: int) -> None:
    """What is read back gives the same factors, and goes on learning alike."""
    rng, habits = np.random.default_rng(seed), LearntHabits(network)
    chosen = rng.choice(edges, count)
    at_ms = MONDAY_MS + int(rng.integers(0, 7 * DAY_MS))
    habits.learn(seen(chosen, rng.uniform(0.5, 4, count), at_ms))
    again = LearntHabits.from_bytes(network, habits.to_bytes())
    assert np.allclose(habits.factors(CAR, at_ms), again.factors(CAR, at_ms), rtol=1e-5)
    for each in (habits, again):
        each.learn(seen(chosen, 1.5, at_ms + HOUR_MS))
    assert np.allclose(habits.factors(CAR, at_ms), again.factors(CAR, at_ms), rtol=1e-5)


def test_a_week_of_a_town_fits_into_a_row(network: Network, edges: np.ndarray) -> None:
    """Stored, it takes fewer than 100 kB, and another network's habits are refused."""
    habits, rng = LearntHabits(network), np.random.default_rng(1)
    for half in range(0, 336, 4):
        habits.learn(seen(edges, rng.uniform(0.8, 2, len(edges)), MONDAY_MS + half * HOUR_MS // 2))
    stored = habits.to_bytes()
    assert len(stored) < 100_000
    with pytest.raises(InvalidInput, match="another network"):
        LearntHabits.from_bytes(generate_city(1_000, seed=4).network, stored)
