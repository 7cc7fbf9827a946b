"""Couriers as probes: a slow ride is known to the whole zone within a minute; who stands or walks says nothing."""

import asyncio
from dataclasses import replace

import numpy as np
import pytest

from dispatch.adapters.memory import MemoryPositionStore
from dispatch.adapters.memory_learning import MemoryLearningStore
from dispatch.adapters.speed_stores import MemorySpeedStore
from dispatch.application.measured_speeds import probes_of
from dispatch.application.ports import Position
from dispatch.application.probe_learning import HABITS, ProbeLearning
from dispatch.domain import commands as c
from dispatch.domain.geo import Point
from dispatch.domain.order import Dropoff
from dispatch.domain.route import StopState
from dispatch.domain.vehicle import Profile
from dispatch.domain.zone import ZoneState
from dispatch.roads.generate import generate_city
from dispatch.roads.travel_times import open_travel_times
from simulator.virtual_time import run_virtual
from tests.support.clocks import HandClock
from tests.support.planned_zone import LoopTicker, inline
from tests.support.zones import NOON_MS, ask, courier, given, order, zone

TOWN = generate_city(2_000, seed=3)
STREETS = open_travel_times(TOWN)
A, B = TOWN.addresses[10].place, TOWN.addresses[-10].place


def riding(profile: Profile = Profile.CAR) -> ZoneState:
    """One courier on the way to a pickup."""
    state = zone(couriers=1, orders=0)
    ask(state, c.RegisterCourier(courier("c1", profile)))
    ask(state, c.CreateOrder(replace(order("o1"), dropoff=Dropoff(B, "Street 1"))))
    given(state, "c1", "o1")
    ask(state, c.ReportProgress("c1", state.route("c1").stops[0].id, c.StopAction.DEPARTED, NOON_MS))
    assert state.route("c1").stops[0].state is StopState.EN_ROUTE
    return state


def learning(state: ZoneState, clock: HandClock, store: MemoryLearningStore | None = None) -> ProbeLearning:
    made = ProbeLearning(
        state=state,
        positions=MemoryPositionStore(),
        network=TOWN.network,
        speeds=MemorySpeedStore(),
        learning=store or MemoryLearningStore(),
        clock=clock,
        ticker=LoopTicker(),
        offload=inline,
    )
    return made


def ride(
    into: ProbeLearning, clock: HandClock, slow: float, a: Point = A, b: Point = B, *, profile: Profile = Profile.CAR
) -> list[int]:
    """A fix every 5 s along the fastest way, at so many times the streets' own times. Returns the edges."""
    way = STREETS.route(profile, a, b)
    began_ms = clock.now_ms()
    for k in range(int(way.duration_s * slow / 5) + 1):
        at_s = 5 * k / slow
        lat, lon = (float(np.interp(at_s, way.reached_s, each)) for each in (way.lat, way.lon))
        clock.pass_ms(began_ms + 5_000 * k - clock.now_ms())
        into.seen(Position("c1", 1, clock.now_ms(), clock.now_ms(), clock.now_ms(), lat, lon, 5.0))
    return [int(edge) for edge in way.edges[1:-1]]


def test_a_slow_ride_is_measured() -> None:
    """Three times as long as on empty streets: most of its edges say so to every car of the zone, with confidence."""

    async def story() -> None:
        clock = HandClock(NOON_MS)
        probing = learning(riding(), clock)
        edges = ride(probing, clock, 3.0)
        await probing.learn()
        told = await probing._speeds.get(probing._state.zone_id, probes_of(Profile.CAR))
        assert told is not None
        factor = dict(zip(told.edge.tolist(), told.factor.tolist(), strict=True))
        measured = [factor[edge] for edge in edges if edge in factor]
        assert len(measured) > len(edges) / 2
        assert 2.0 < float(np.median(measured)) < 3.6
        assert probing.counters["probe_edges"] > 5

    run_virtual(story())


def test_who_stands_at_a_stop_or_has_nothing_to_do_is_no_probe() -> None:
    """Arrived, or without a stop, fixes say nothing."""
    clock = HandClock(NOON_MS)
    state = riding()
    ask(state, c.ReportProgress("c1", state.route("c1").stops[0].id, c.StopAction.ARRIVED, NOON_MS))
    standing, idle = learning(state, clock), learning(zone(couriers=1), clock)
    for probing in (standing, idle):
        ride(probing, clock, 1.0)
        assert probing.counters["probe_fixes"] == 0


@pytest.mark.parametrize("profile", [Profile.FOOT])
def test_who_walks_is_no_probe(profile: Profile) -> None:
    """Pavements have no traffic."""
    clock = HandClock(NOON_MS)
    probing = learning(riding(profile), clock)
    ride(probing, clock, 2.0, profile=profile)
    assert probing.counters["probe_fixes"] == 0


def test_a_ride_that_is_over_teaches_the_habits_and_they_survive_a_restart() -> None:
    """Ten slow rides: the habit of the hour is slow, also in a process that begins later."""

    async def story() -> None:
        clock, store, state = HandClock(NOON_MS), MemoryLearningStore(), riding()
        probing = learning(state, clock, store)
        for k in range(10):
            a, b = TOWN.addresses[10 + 3 * k].place, TOWN.addresses[-10 - 3 * k].place
            ride(probing, clock, 2.5, a, b)
            probing._over.append(probing._rides.pop("c1"))
            await probing.learn()
        free = np.ones(2 * TOWN.network.segment_count)
        habit = probing.history().factors(Profile.CAR, NOON_MS)
        assert habit.mean() > 1.2 * free.mean()
        probing._rounds = 89
        await probing.learn()
        assert await store.note(state.zone_id, HABITS)
        again = learning(state, clock, store)
        await again._recall()
        assert np.allclose(again.history().factors(Profile.CAR, NOON_MS), habit, rtol=1e-3)

    run_virtual(story())


def test_a_broken_record_is_learnt_anew() -> None:
    """What another version or another city kept does no harm."""

    async def story() -> None:
        store, state = MemoryLearningStore(), riding()
        await store.keep(state.zone_id, (), {HABITS: "bm9uc2Vuc2U="}, 0)
        probing = learning(state, HandClock(NOON_MS), store)
        await probing._recall()
        assert (probing.history().factors(Profile.CAR, NOON_MS) == 1).all()
        await asyncio.sleep(0)

    run_virtual(story())
