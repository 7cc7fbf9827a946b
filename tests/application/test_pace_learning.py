"""How fast couriers really ride, learnt from rides that they made; and what the planner makes of it."""

import asyncio
from dataclasses import replace

import numpy as np

from dispatch.application.learnt import Learnt
from dispatch.application.pace_learning import Paces, Ride
from dispatch.application.proposals_scene import PlannerSettings
from dispatch.domain import commands as c
from dispatch.domain.geo import METRES_PER_DEGREE, Point
from dispatch.domain.order import OrderStatus
from dispatch.domain.route import StopKind
from dispatch.domain.vehicle import Profile
from dispatch.planning.dwell import Served, ServiceTimes, Visit
from simulator.virtual_time import run_virtual
from tests.support.planned_zone import NEAR_DEPOT, StraightLines, planned_zone, until
from tests.support.zones import MINUTE_MS, NOON_MS, order, zone

HOME = Point(60.165, 24.935)


def ride(courier_id: str, ratio: float, metres: float = 1_500.0) -> Ride:
    """Straight north; the straight lines expect 5 m/s."""
    goal = Point(HOME.lat + metres / METRES_PER_DEGREE, HOME.lon)
    return Ride(courier_id, Profile.EBIKE, HOME, goal, NOON_MS, round(1000 * ratio * metres / 5))


def learnt_from(*rides: Ride) -> Paces:
    paces = Paces(zone(couriers=3))
    for each in rides:
        paces._rides.append(each)
        paces.learn(StraightLines())
    return paces


def test_a_slow_rider_is_told_apart_from_a_slow_hour() -> None:
    """c1 takes 30 % longer than expected, c2 10 % less, both in traffic that costs everybody 20 %."""
    rng = np.random.default_rng(1)
    rides = []
    for _ in range(60):
        rides += [ride("c1", 1.3 * 1.2 * rng.lognormal(0, 0.05)), ride("c2", 0.9 * 1.2 * rng.lognormal(0, 0.05))]
    paces = learnt_from(*rides)
    assert abs(paces.factor("c1", Profile.EBIKE) / 1.56 - 1) < 0.06
    assert abs(paces.factor("c2", Profile.EBIKE) / 1.08 - 1) < 0.06
    assert 1.1 < paces.factor("c3", Profile.EBIKE) < 1.35
    assert paces.factor("c3", Profile.CAR) == 1.0


def test_one_coffee_on_the_way_does_not_make_a_slow_rider() -> None:
    """A ride that took five times as long pulls as one that took twice as long, once."""
    usual = [ride("c1", 1.0) for _ in range(20)]
    assert learnt_from(*usual, ride("c1", 5.0)).factor("c1", Profile.EBIKE) < 1.08


def test_what_is_known_of_couriers_survives_a_restart_and_the_hour_does_not() -> None:
    """Only the couriers' part is recalled."""
    paces = learnt_from(*[ride("c1", 1.4) for _ in range(30)])
    again = Paces(zone(couriers=1))
    again.recall(paces.known().items())
    assert 1.0 < again.factor("c1", Profile.EBIKE) < paces.factor("c1", Profile.EBIKE)


def test_the_planner_expects_what_was_learnt() -> None:
    """A rider who takes half again as long, and a depot where pickups take three minutes: told times show both."""

    async def eta(learnt: Learnt | None) -> int:
        async with planned_zone(PlannerSettings(offer_mode="assign"), learnt=learnt) as running:
            await running.on_duty("c1", NEAR_DEPOT)
            await running.ask(c.CreateOrder(replace(order("o1"), ready_at_ms=NOON_MS)))
            await until(lambda: running.replica.state.orders["o1"].status is OrderStatus.ASSIGNED)
            return running.replica.state.orders["o1"].eta_at_ms - running.clock.now_ms()

    async def story() -> None:
        times = ServiceTimes()
        served = [
            Served(Visit(StopKind.PICKUP, "d1", HOME, 12, f"c{k % 3}"), NOON_MS + k, NOON_MS + k + 3 * MINUTE_MS)
            for k in range(60)
        ]
        times.learn(served)
        knowing = Learnt(zone(couriers=1), lambda: times)
        for _ in range(60):
            knowing.paces._rides.append(ride("c1", 1.5))
            knowing.paces.learn(StraightLines())
        plain, wise = await eta(None), await eta(knowing)
        assert wise - plain > 100_000

    run_virtual(story())


def test_rides_are_noticed_from_departure_to_arrival() -> None:
    """A courier sets off, takes twice as long as the lines say, and arrives: one ride, learnt within seconds."""

    async def story() -> None:
        async with planned_zone(PlannerSettings(offer_mode="assign")) as running:
            await running.on_duty("c1", Point(HOME.lat + 0.01, HOME.lon))
            await running.ask(c.CreateOrder(order("o1")))
            await until(lambda: bool(running.replica.state.route("c1").stops))
            stop = running.replica.state.route("c1").stops[0]
            now_ms = running.clock.now_ms
            await running.ask(c.ReportProgress("c1", stop.id, c.StopAction.DEPARTED, now_ms()))
            await asyncio.sleep(2 * 0.01 * METRES_PER_DEGREE / 5)
            await running.seen("c1", stop.place)
            await running.ask(c.ReportProgress("c1", stop.id, c.StopAction.ARRIVED, now_ms()))
            await asyncio.sleep(15)
            assert running.planner._scene.learnt.paces.factor("c1", Profile.EBIKE) > 1.05

    run_virtual(story())
