"""The planner of a zone: orders find couriers within milliseconds, and whatever fails, the running plan stays."""

import asyncio
import time
from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import numpy.typing as npt
import pytest

from dispatch.application.ports import Reply, Request
from dispatch.application.proposals_scene import PlannerSettings
from dispatch.domain import commands as c
from dispatch.domain.courier import Duty
from dispatch.domain.geo import Point
from dispatch.domain.invariants import violations
from dispatch.domain.order import Dropoff, OrderStatus
from dispatch.domain.route import PlannedRoute, StopKind
from dispatch.domain.vehicle import Profile
from dispatch.planning.problem import Plan, Problem
from simulator.virtual_time import run_virtual
from tests.support.planned_zone import (
    AT_SEA,
    FAR_AWAY,
    NEAR_DEPOT,
    FakeSolver,
    PlannedZone,
    StraightLines,
    planned_zone,
    until,
)
from tests.support.zones import MINUTE_MS, NOON_MS, order

ASSIGN = PlannerSettings(offer_mode="assign")


def status(zone: PlannedZone, order_id: str) -> OrderStatus:
    """How an order stands in the replica."""
    return zone.replica.state.orders[order_id].status


def test_an_order_is_offered_at_once() -> None:
    """From the order to the offer: the coalescing pause and no more, to the nearer courier, until the offer's end."""

    async def story() -> None:
        async with planned_zone() as zone:
            await zone.on_duty("c1", FAR_AWAY)
            await zone.on_duty("c2", NEAR_DEPOT)
            await zone.ask(c.CreateOrder(order("o1")))
            took_s = await until(lambda: status(zone, "o1") is OrderStatus.OFFERED)
            assert took_s < 0.1
            (offer,) = zone.replica.state.offers.values()
            assert (offer.courier_id, offer.expires_at_ms - offer.made_at_ms) == ("c2", MINUTE_MS)
            assert violations(zone.replica.state) == []

    run_virtual(story())


@pytest.mark.parametrize(("rate", "ttl_ms"), [(1.0, 60_000), (10.0, 160_000)])
def test_an_offer_lasts_a_minute_and_at_least_fifteen_real_seconds(rate: float, ttl_ms: int) -> None:
    """A person needs 15 s of real time, however fast business time runs."""

    async def story() -> None:
        async with planned_zone(rate=rate) as zone:
            await zone.on_duty("c1")
            await zone.ask(c.CreateOrder(order("o1")))
            await until(lambda: bool(zone.replica.state.offers))
            (offer,) = zone.replica.state.offers.values()
            assert offer.expires_at_ms - offer.made_at_ms == ttl_ms

    run_virtual(story())


def test_an_order_need_not_wait_for_the_next_try_when_somebody_appears() -> None:
    """A courier on duty without a place is no use; with the first fix the waiting order is offered at once."""

    async def story() -> None:
        async with planned_zone() as zone:
            await zone.on_duty("c1", None)
            await zone.ask(c.CreateOrder(order("o1")))
            await asyncio.sleep(1)
            assert zone.replica.state.orders["o1"].reason == "no_position"
            await zone.seen("c1", NEAR_DEPOT)
            assert await until(lambda: status(zone, "o1") is OrderStatus.OFFERED) < 0.1

    run_virtual(story())


def test_a_declined_order_goes_to_the_next_courier() -> None:
    """Who refuses is not asked again; the next one is, at once. When all have refused, the order says so."""

    async def story() -> None:
        async with planned_zone() as zone:
            await zone.on_duty("c1")
            await zone.on_duty("c2")
            await zone.ask(c.CreateOrder(order("o1")))
            asked = []
            for _ in range(2):
                await until(lambda: status(zone, "o1") is OrderStatus.OFFERED)
                offer_id = zone.replica.state.orders["o1"].offer_id
                courier_id = zone.replica.state.orders["o1"].courier_id
                asked.append(courier_id)
                await zone.ask(c.DeclineOffer(courier_id, offer_id, "too far"))
            await until(lambda: zone.replica.state.orders["o1"].reason == "everyone_declined")
            assert sorted(asked) == ["c1", "c2"]

    run_virtual(story())


def test_orders_of_the_same_moment_are_planned_together() -> None:
    """Orders that come within the pause are one look at the zone, and orders of one depot one trip and one offer."""

    async def story() -> None:
        async with planned_zone() as zone:
            await zone.on_duty("c1")
            await zone.on_duty("c2")
            await asyncio.gather(*(zone.ask(c.CreateOrder(order(f"o{k}"))) for k in range(3)))
            await until(lambda: len(zone.replica.state.offers) > 0)
            (offer,) = zone.replica.state.offers.values()
            assert sorted(offer.order_ids) == ["o0", "o1", "o2"]

    run_virtual(story())


def test_an_order_waits_with_its_reason_and_is_placed_when_somebody_comes() -> None:
    """Nobody on duty, then somebody whose place is unknown, then their first fix: placed by the next regular look."""

    async def story() -> None:
        async with planned_zone() as zone:
            await zone.ask(c.CreateOrder(order("o1")))
            await until(lambda: zone.replica.state.orders["o1"].reason == "no_courier_on_duty")
            await zone.on_duty("c1", place=None)
            await until(lambda: zone.replica.state.orders["o1"].reason == "no_position")
            await zone.seen("c1", NEAR_DEPOT)
            took_s = await until(lambda: status(zone, "o1") is OrderStatus.OFFERED, within_s=20.0)
            assert took_s <= 16

    run_virtual(story())


def test_a_note_is_not_repeated() -> None:
    """Looking again every 15 s at an order that cannot be placed tells nobody anything new."""

    async def story() -> None:
        async with planned_zone() as zone:
            await zone.ask(c.CreateOrder(order("o1")))
            await until(lambda: bool(zone.replica.state.orders["o1"].reason))
            head = zone.replica.head
            await asyncio.sleep(60)
            assert zone.replica.head == head

    run_virtual(story())


def test_an_order_that_is_not_due_waits_for_its_moment() -> None:
    """The policy holds an order back until `commit_due_at_ms`, then it goes out."""

    async def story() -> None:
        async with planned_zone() as zone:
            await zone.on_duty("c1")
            due_ms = NOON_MS + 5 * MINUTE_MS
            await zone.ask(c.CreateOrder(replace(order("o1"), commit_due_at_ms=due_ms)))
            await asyncio.sleep(200)
            await zone.seen("c1", NEAR_DEPOT)
            await asyncio.sleep(90)
            assert status(zone, "o1") is OrderStatus.DISPATCHABLE
            await until(lambda: status(zone, "o1") is OrderStatus.OFFERED, within_s=20)
            assert zone.clock.now_ms() >= due_ms

    run_virtual(story())


def test_a_lost_courier_gets_nothing_new_and_keeps_the_route() -> None:
    """After five minutes without a fix the orders stay, new ones go elsewhere or wait."""

    async def story() -> None:
        async with planned_zone(ASSIGN) as zone:
            await zone.on_duty("c1")
            await zone.ask(c.CreateOrder(order("o1")))
            await until(lambda: status(zone, "o1") is OrderStatus.ASSIGNED)
            await asyncio.sleep(301)
            await zone.ask(c.CreateOrder(order("o2")))
            await until(lambda: zone.replica.state.orders["o2"].reason == "no_position")
            assert zone.replica.state.orders["o1"].courier_id == "c1"

    run_virtual(story())


def test_a_door_off_the_map_does_not_stop_the_others() -> None:
    """One address at sea: that order is unreachable, the order of the same moment is assigned."""

    async def story() -> None:
        async with planned_zone(ASSIGN) as zone:
            await zone.on_duty("c1")
            at_sea = replace(order("sea"), dropoff=Dropoff(AT_SEA, "Reef"))
            await asyncio.gather(zone.ask(c.CreateOrder(at_sea)), zone.ask(c.CreateOrder(order("o1"))))
            await until(lambda: status(zone, "o1") is OrderStatus.ASSIGNED)
            assert zone.replica.state.orders["sea"].reason == "unreachable"

    run_virtual(story())


def test_goods_to_be_delivered_again_get_their_stop_back() -> None:
    """A failed attempt that a dispatcher wants tried again returns to the route of the courier who has the goods."""

    async def story() -> None:
        async with planned_zone(ASSIGN) as zone:
            await zone.on_duty("c1")
            await zone.ask(c.CreateOrder(order("o1")))
            await until(lambda: status(zone, "o1") is OrderStatus.ASSIGNED)
            pickup, dropoff = zone.replica.state.route("c1").stops
            await zone.ask(c.ReportProgress("c1", pickup.id, c.StopAction.COMPLETED, NOON_MS))
            await zone.ask(c.ReportProgress("c1", dropoff.id, c.StopAction.FAILED, NOON_MS, "nobody home"))
            await zone.ask(c.ResolveAttempt("o1", "retry", "customer called"))
            await until(lambda: len(zone.replica.state.route("c1").stops) == 1)
            assert zone.replica.state.route("c1").stops[0].kind is StopKind.DROPOFF

    run_virtual(story())


class Meddler:
    """A bus on which somebody changes the zone right before the planner's first proposal arrives."""

    def __init__(self) -> None:
        self.zone: PlannedZone | None = None
        self.asked: list[c.Command] = []
        self.silent = 0

    async def ask(self, zone_id: str, request: Request, timeout_s: float = 2.0) -> Reply | None:
        assert self.zone
        first = not any(isinstance(command, c.AdoptPlan) for command in self.asked)
        self.asked.append(request.command)
        if isinstance(request.command, c.AdoptPlan) and first:
            await self.zone.ask(c.LockOrder("o1", self.zone.replica.state.orders["o1"].lock, "look at me"))
        if self.silent:
            self.silent -= 1
            return None
        return await self.zone.writer.ask(zone_id, request, timeout_s)


def test_a_conflict_is_planned_again_at_once() -> None:
    """The order changed between picture and proposal: the zone refuses, the planner looks again, the order goes out."""

    async def story() -> None:
        bus = Meddler()
        async with planned_zone(ASSIGN, bus=bus) as zone:
            bus.zone = zone
            await zone.on_duty("c1")
            await zone.ask(c.CreateOrder(order("o1")))
            took_s = await until(lambda: status(zone, "o1") is OrderStatus.ASSIGNED)
            assert took_s < 0.5
            assert zone.planner.outcomes == {"stale_plan": 1, "adopted": 1}

    run_virtual(story())


def test_a_silent_zone_is_asked_once_more() -> None:
    """No reply in time: the same request again, so that it takes effect once."""

    async def story() -> None:
        bus = Meddler()
        bus.silent = 1
        async with planned_zone(ASSIGN, bus=bus) as zone:
            bus.zone = zone
            await zone.on_duty("c1")
            await zone.ask(c.CreateOrder(order("o1")))
            await until(lambda: status(zone, "o1") is OrderStatus.ASSIGNED)
            assert violations(zone.replica.state) == []

    run_virtual(story())


def lossy(problem: Problem) -> Plan:
    """An empty route for the first courier: whatever they had is lost."""
    return Plan(problem.version, (PlannedRoute("c1", ()),), ("liar",))


def test_a_lying_solver_changes_nothing() -> None:
    """A plan that the checker refuses never reaches the zone; the running plan stays."""

    async def story() -> None:
        solver = FakeSolver(lossy)
        settings = replace(ASSIGN, least_gain=-1e9)
        async with planned_zone(settings, solver=solver) as zone:
            await zone.on_duty("c1", NEAR_DEPOT)
            await zone.on_duty("c2", FAR_AWAY)
            await zone.ask(c.CreateOrder(order("o1")))
            await until(lambda: zone.planner.outcomes["unchecked"] > 0, within_s=60)
            assert zone.replica.state.orders["o1"].courier_id == "c1"
            assert zone.planner.outcomes["adopted"] == 1

    run_virtual(story())


def test_the_solver_is_asked_every_ten_seconds_and_not_for_nothing() -> None:
    """An empty zone is not improved; one with routes is, at most every 10 s of business and 3 s of technical time."""

    async def story() -> None:
        solver = FakeSolver()
        async with planned_zone(ASSIGN, solver=solver, rate=10.0) as zone:
            await zone.on_duty("c1")
            await asyncio.sleep(10)
            assert solver.asked == 0
            await zone.ask(c.CreateOrder(order("o1")))
            await asyncio.sleep(8)
            assert solver.asked == 2

    run_virtual(story())


class HeavyRoads(StraightLines):
    """Travel times that burn 50 ms of processor time."""

    def matrix_s(self, profile: Profile, sources: Sequence[Point], targets: Sequence[Point]) -> npt.NDArray[np.float32]:
        until_s = time.thread_time() + 0.05
        while time.thread_time() < until_s:
            pass
        return super().matrix_s(profile, sources, targets)


def test_planning_never_stops_the_event_loop() -> None:
    """Roads and insertion work in another thread: the loop's own thread is never busy for 20 ms at a time.

    Counted in the thread's processor time, so that a busy machine does not matter.
    """

    async def story() -> None:
        roads = HeavyRoads()
        async with planned_zone(ASSIGN, offload=asyncio.to_thread, travel_times=roads) as zone:
            for k in range(12):
                await zone.on_duty(f"c{k}")
            busy_s = [0.0]

            async def watch() -> None:
                while True:
                    before_s = time.thread_time()
                    await asyncio.sleep(0.001)
                    busy_s.append(time.thread_time() - before_s)

            watching = asyncio.create_task(watch())
            await asyncio.gather(*(zone.ask(c.CreateOrder(order(f"o{k:02}"))) for k in range(30)))
            await until(lambda: all(o.courier_id for o in zone.replica.state.orders.values()), within_s=20)
            watching.cancel()
            assert roads.asked > 0
            assert max(busy_s) < 0.02

    asyncio.run(story())


def test_a_courier_who_stops_working_is_planned_around() -> None:
    """Going off duty frees the orders, and the next courier gets them without anybody's doing."""

    async def story() -> None:
        async with planned_zone(ASSIGN) as zone:
            await zone.on_duty("c1", NEAR_DEPOT)
            await zone.on_duty("c2", FAR_AWAY)
            await zone.ask(c.CreateOrder(order("o1")))
            await until(lambda: status(zone, "o1") is OrderStatus.ASSIGNED)
            assert zone.replica.state.orders["o1"].courier_id == "c1"
            await zone.ask(c.SetDuty("c1", Duty.OFF_DUTY))
            await until(lambda: zone.replica.state.orders["o1"].courier_id == "c2")

    run_virtual(story())
