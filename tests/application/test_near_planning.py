"""The fast path looks at couriers near an order, farther only when it must; and an improver that takes turns."""

import asyncio
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from dispatch.application.proposals_scene import PlannerSettings
from dispatch.domain import commands as c
from dispatch.domain.courier import Duty
from dispatch.domain.geo import Point
from dispatch.domain.order import Order, OrderStatus
from dispatch.domain.vehicle import Load, Profile
from dispatch.planning.problem import Plan, Problem
from dispatch.planning.retime import planned_route
from simulator.virtual_time import run_virtual
from tests.support.planned_zone import FakeSolver, PlannedZone, planned_zone, until
from tests.support.zones import order

ASSIGN = PlannerSettings(offer_mode="assign")
HEAVY = Load(20_000, 30_000, 1)
"""Too much for anybody on foot."""


def around(k: int) -> Point:
    """A place on a spiral around the depot: the higher the number, the farther away."""
    return Point(60.165 + 0.0004 * k, 24.935 + 0.0004 * (k % 7))


async def on_foot(zone: PlannedZone, couriers: int) -> None:
    """So many couriers on foot, each a little farther away."""
    for k in range(couriers):
        await zone.on_duty(f"foot-{k:03}", around(k), Profile.FOOT)


def got(zone: PlannedZone, order_id: str) -> Order:
    """The order as the replica has it."""
    return zone.replica.state.orders[order_id]


def rides_for_one_order(couriers: int) -> int:
    """How many rides the planner asks the roads for when one more order comes into a zone with so many couriers."""

    async def story() -> int:
        async with planned_zone(replace(ASSIGN, improve_every_ms=3_600_000, eta_every_ms=3_600_000)) as zone:
            for k in range(couriers):
                await zone.on_duty(f"c{k:03}", around(k))
                await zone.ask(c.CreateOrder(order(f"o{k:03}")))
            await until(lambda: all(o.courier_id for o in zone.replica.state.orders.values()))
            before = zone.travel_times.pairs
            await zone.ask(c.CreateOrder(order("new")))
            await until(lambda: bool(got(zone, "new").courier_id))
            return zone.travel_times.pairs - before

    return run_virtual(story())


def test_an_order_costs_the_same_in_a_large_zone() -> None:
    """Four times as many couriers and orders: not one ride more is asked for."""
    assert rides_for_one_order(120) <= rides_for_one_order(30)


def test_the_circle_widens_until_somebody_can() -> None:
    """A hundred couriers on foot stand nearer than the one with a bike, who alone can carry it: who gets it at once."""

    async def story() -> None:
        async with planned_zone(ASSIGN) as zone:
            await on_foot(zone, 100)
            await zone.on_duty("bike", around(300), Profile.EBIKE)
            await zone.ask(c.CreateOrder(replace(order("o1"), load=HEAVY)))
            assert await until(lambda: got(zone, "o1").courier_id == "bike") < 0.2
            assert got(zone, "o1").reason == ""

    run_virtual(story())


def test_the_reason_is_the_whole_zone_s() -> None:
    """Nobody of a hundred can carry it: too heavy. One could, but has refused: everyone declined is not said of it."""

    async def story() -> None:
        async with planned_zone(ASSIGN) as zone:
            await on_foot(zone, 100)
            await zone.ask(c.CreateOrder(replace(order("heavy"), load=HEAVY)))
            await until(lambda: got(zone, "heavy").reason == "too_heavy")
            everybody = tuple(zone.replica.state.couriers)
            await zone.ask(c.CreateOrder(replace(order("unwanted"), declined_by=everybody)))
            await until(lambda: got(zone, "unwanted").reason == "everyone_declined")
            await zone.ask(c.CreateOrder(replace(order("both"), declined_by=everybody[:-1], load=HEAVY)))
            await until(lambda: got(zone, "both").reason == "too_heavy")

    run_virtual(story())


def test_orders_that_come_together_are_one_look_also_when_some_are_refused() -> None:
    """Of three orders one is too heavy: the two others are assigned as one trip, the third says why it waits."""

    async def story() -> None:
        async with planned_zone(ASSIGN) as zone:
            await on_foot(zone, 20)
            new = [order("o1"), replace(order("heavy"), load=HEAVY), order("o2")]
            await asyncio.gather(*(zone.ask(c.CreateOrder(each)) for each in new))
            await until(lambda: got(zone, "heavy").reason == "too_heavy")
            assert got(zone, "o1").courier_id == got(zone, "o2").courier_id != ""

    run_virtual(story())


def test_a_refused_order_is_tried_with_whoever_has_changed() -> None:
    """Everybody is full; when one has done a stop, the order that waits goes there, and nobody else is asked."""

    async def story() -> None:
        weights = replace(ASSIGN.weights, max_route_orders=1)
        settings = replace(ASSIGN, weights=weights, retry_every_ms=3_600_000, eta_every_ms=3_600_000)
        async with planned_zone(settings) as zone:
            for k in range(40):
                await zone.on_duty(f"c{k:02}", around(k))
                await zone.ask(c.CreateOrder(order(f"o{k:02}")))
            await until(lambda: all(o.courier_id for o in zone.replica.state.orders.values()))
            await zone.ask(c.CreateOrder(order("late comer")))
            await until(lambda: got(zone, "late comer").reason == "all_busy")
            holder = got(zone, "o07").courier_id
            before = zone.travel_times.pairs
            for stop in zone.replica.state.route(holder).stops:
                await zone.ask(c.ReportProgress(holder, stop.id, c.StopAction.COMPLETED, zone.clock.now_ms()))
            assert await until(lambda: got(zone, "late comer").courier_id == holder) < 0.3
            assert zone.travel_times.pairs - before < 60

    run_virtual(story())


def test_a_refused_order_is_retried_with_everybody_now_and_then() -> None:
    """Where a lost courier comes back without any news of their work, the regular look finds them."""

    async def story() -> None:
        async with planned_zone(ASSIGN) as zone:
            await on_foot(zone, 3)
            await zone.on_duty("bike", around(9))
            await asyncio.sleep(301)
            for k in range(3):
                await zone.seen(f"foot-{k:03}", around(k))
            await zone.ask(c.CreateOrder(replace(order("o1"), load=HEAVY)))
            await until(lambda: got(zone, "o1").reason == "too_heavy")
            await zone.seen("bike", around(9))
            assert await until(lambda: got(zone, "o1").courier_id == "bike", within_s=20) <= 16

    run_virtual(story())


def test_a_changed_order_is_tried_at_once() -> None:
    """A dispatcher takes an order back: its old courier has refused it, the next one gets it within the second."""

    async def story() -> None:
        async with planned_zone(ASSIGN) as zone:
            await on_foot(zone, 2)
            await zone.ask(c.CreateOrder(order("o1")))
            await until(lambda: got(zone, "o1").status is OrderStatus.ASSIGNED)
            first = got(zone, "o1").courier_id
            await zone.ask(c.UnassignByHand("o1", "looks ill"))
            assert await until(lambda: got(zone, "o1").courier_id not in ("", first)) < 0.2

    run_virtual(story())


# --- improvement ---------------------------------------------------------------------------------------------------


class Remembering(FakeSolver):
    """Finds nothing better; remembers which couriers it was shown, and how deeply it was to search."""

    def __init__(self) -> None:
        super().__init__()
        self.shown: list[tuple[frozenset[str], bool]] = []

    async def improve(self, problem: Problem, budget_s: float, seed: int, deep: bool = False) -> Plan | None:
        self.shown.append((frozenset(problem.by_id), deep))
        return await super().improve(problem, budget_s, seed, deep)


async def busy_zone(zone: PlannedZone, couriers: int) -> None:
    """Couriers far from each other, each with an order from the depot."""
    for k in range(couriers):
        await zone.on_duty(f"c{k:02}", around(k))
        await zone.ask(c.CreateOrder(order(f"o{k:02}")))
    await until(lambda: all(o.courier_id for o in zone.replica.state.orders.values()))


def test_every_part_of_a_zone_has_its_turn_and_then_a_deep_one() -> None:
    """Sixty couriers: rounds of at most 14 cover all within two minutes; then come larger deep ones."""

    async def story() -> None:
        solver = Remembering()
        weights = replace(ASSIGN.weights, max_route_orders=1)
        async with planned_zone(replace(ASSIGN, weights=weights), solver=solver) as zone:
            await busy_zone(zone, 60)
            await asyncio.sleep(120)
            quick = [ids for ids, deep in solver.shown if not deep]
            assert max(map(len, quick)) <= 14
            assert len(frozenset.union(*quick)) == 60
            await asyncio.sleep(120)
            deeply = [ids for ids, deep in solver.shown if deep]
            assert deeply
            assert max(map(len, deeply)) > 14
            assert solver.asked_deeply == len(deeply)

    run_virtual(story())


def test_where_something_changed_is_looked_at_first() -> None:
    """All had their turn; then one courier does a stop: the next round is around them."""

    async def story() -> None:
        solver = Remembering()
        weights = replace(ASSIGN.weights, max_route_orders=1)
        settings = replace(ASSIGN, weights=weights, eta_every_ms=3_600_000, improve_couriers=5)
        async with planned_zone(settings, solver=solver) as zone:
            await busy_zone(zone, 30)
            await asyncio.sleep(115)
            assert len(frozenset.union(*(ids for ids, _ in solver.shown))) == 30
            rounds = len(solver.shown)
            stop = zone.replica.state.route("c23").stops[0]
            await zone.ask(c.ReportProgress("c23", stop.id, c.StopAction.COMPLETED, zone.clock.now_ms()))
            await until(lambda: len(solver.shown) > rounds, within_s=20)
            assert "c23" in solver.shown[rounds][0]

    run_virtual(story())


def swapped(problem: Problem) -> Plan | None:
    """The first two couriers with one order each exchange them: not better, but a move."""
    givers = [courier for courier in problem.couriers if len(courier.planned) == 2 and not courier.frozen][:2]
    if len(givers) < 2:
        return None
    one, other = givers
    routes = (planned_route(problem, one, other.planned), planned_route(problem, other, one.planned))
    return Plan(problem.version, routes, ("swap",))


class Swapping(FakeSolver):
    """Moves orders for nothing, as long as it may; notes what it is told of the budget."""

    def __init__(self) -> None:
        super().__init__(swapped)
        self.left: list[list[int]] = []

    async def improve(self, problem: Problem, budget_s: float, seed: int, deep: bool = False) -> Plan | None:
        self.left.append([courier.churn_left for courier in problem.couriers])
        return await super().improve(problem, budget_s, seed, deep)


def test_moved_stops_use_up_a_courier_s_budget_for_ten_minutes() -> None:
    """Two stops of each are moved: the next pictures say so, until ten minutes have passed. Insertions cost nothing."""

    async def story() -> None:
        solver = Swapping()
        weights = replace(ASSIGN.weights, max_route_orders=1)
        settings = replace(ASSIGN, weights=weights, least_gain=-1e9, churn_stops=5)
        async with planned_zone(settings, solver=solver) as zone:
            await busy_zone(zone, 2)
            await until(lambda: zone.planner.outcomes["adopted"] >= 3, within_s=60)
            solver.answer = lambda problem: None
            await asyncio.sleep(200)
            assert solver.left[0] == [5, 5]
            assert solver.left[-1] == [3, 3]
            await zone.seen("c00", around(0))
            await zone.seen("c01", around(1))
            await asyncio.sleep(600)
            assert solver.left[-1] == [5, 5]

    run_virtual(story())


def test_the_search_is_told_of_orders_that_nobody_can_take() -> None:
    """All are full: the refused order is in the picture of the next round, whose plan may make room for it."""

    async def story() -> None:
        pictures: list[Problem] = []
        solver = FakeSolver(pictures.append)
        weights = replace(ASSIGN.weights, max_route_orders=1)
        async with planned_zone(replace(ASSIGN, weights=weights), solver=solver) as zone:
            await busy_zone(zone, 3)
            await zone.ask(c.CreateOrder(order("too many")))
            await until(lambda: got(zone, "too many").reason == "all_busy")
            await until(lambda: any("too many" in p.orders for p in pictures), within_s=30)
            assert pictures[-1].waiting == ("too many",)

    run_virtual(story())


@pytest.mark.parametrize("duty", [Duty.OFF_DUTY, Duty.ON_BREAK])
def test_who_does_not_work_is_not_asked(duty: Duty) -> None:
    """The nearest courier has a break: the order goes to the other one."""

    async def story() -> None:
        async with planned_zone(ASSIGN) as zone:
            await on_foot(zone, 2)
            await zone.ask(c.SetDuty("foot-000", duty))
            await zone.ask(c.CreateOrder(order("o1")))
            await until(lambda: got(zone, "o1").courier_id == "foot-001")

    run_virtual(story())


@pytest.mark.parametrize(("urgent_s", "begins_s"), [(0.2, 0.2), (9.0, 0.5)])
def test_the_background_waits_for_the_fast_path_but_not_for_ever(urgent_s: float, begins_s: float) -> None:
    """While an order is placed nothing else is begun, so that it has the processor; after half a second it is."""

    async def story() -> None:
        loop, begun = asyncio.get_running_loop(), dict[str, float]()

        async def slow(work: Callable[[], Any]) -> Any:
            found = work()
            begun[found] = loop.time()
            await asyncio.sleep(urgent_s if found == "urgent" else 0)
            return found

        async with planned_zone(ASSIGN) as zone:
            scene = zone.planner._scene
            scene.offload = slow
            urgent = asyncio.create_task(scene.urgently(lambda: "urgent"))
            await asyncio.sleep(0)
            await scene.when_calm(lambda: "background")
            assert begun["background"] - begun["urgent"] == pytest.approx(begins_s, abs=0.01)
            urgent.cancel()

    run_virtual(story())


def test_worthless_parts_are_left_out() -> None:
    """A swap that gains nothing is not proposed."""

    async def story() -> None:
        weights = replace(ASSIGN.weights, max_route_orders=1)
        solver = FakeSolver(swapped)
        async with planned_zone(replace(ASSIGN, weights=weights), solver=solver) as zone:
            await busy_zone(zone, 2)
            await asyncio.sleep(60)
            assert solver.asked > 0
            assert zone.planner.outcomes["adopted"] == 2

    run_virtual(story())
