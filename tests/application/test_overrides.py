"""Looking ahead of an override beside the running planner: routes, what speaks against them, and taking it back."""

import asyncio
from collections.abc import Callable
from dataclasses import replace
from typing import TypeVar

import pytest

from dispatch.application.override_scene import NEAREST
from dispatch.application.overrides import (
    Infeasible,
    OverrideWish,
    StaleVersion,
    Surroundings,
    decide,
    preview,
    undoing,
)
from dispatch.application.proposals_scene import PlannerSettings
from dispatch.domain import commands as c
from dispatch.domain.courier import Duty
from dispatch.domain.errors import Conflict, InvalidInput, NotFound
from dispatch.domain.order import Lock, OrderStatus
from dispatch.domain.override import OverrideAction
from simulator.virtual_time import run_virtual
from tests.support.planned_zone import FAR_AWAY, PlannedZone, inline, planned_zone, until
from tests.support.zones import NOON_MS, order

A = OverrideAction
T = TypeVar("T")
ASSIGN = PlannerSettings(offer_mode="assign")


def around(running: PlannedZone) -> Surroundings:
    """What it takes to look ahead in this zone."""
    return Surroundings(running.replica, running.positions, running.travel_times, running.clock, offload=inline)


async def with_an_order(running: PlannedZone, status: OrderStatus = OrderStatus.ASSIGNED) -> None:
    """c1 at the depot has o1."""
    await running.on_duty("c1")
    await running.ask(c.CreateOrder(order("o1", created_at_ms=running.clock.now_ms())))
    await until(lambda: running.replica.state.orders["o1"].status is status)


async def known(running: PlannedZone, override_id: str) -> None:
    """The replica has heard of an override."""
    await until(lambda: override_id in running.replica.state.overrides)


def wish(action: OverrideAction, *order_ids: str, **more: object) -> OverrideWish:
    """What a dispatcher wants."""
    return OverrideWish(action, order_ids, "asked for", by="dispatcher:ann", **more)  # type: ignore[arg-type]


def test_a_dispatcher_s_choice_becomes_a_route() -> None:
    """Whoever has the order, it goes to the named courier; the zone adopts the route as it is."""

    async def story() -> None:
        async with planned_zone(ASSIGN) as running:
            await with_an_order(running)
            await running.on_duty("c2", FAR_AWAY)
            await until(lambda: "c2" in running.replica.state.couriers)
            command = await decide(wish(A.ASSIGN, "o1", courier_id="c2"), around(running))
            assert (command.effects.violations, command.forced) == ((), False)
            assert (await running.ask(command)).ok
            await until(lambda: running.replica.state.orders["o1"].courier_id == "c2")
            assert running.replica.state.route("c1").stops == ()

    run_virtual(story())


def test_a_choice_against_the_rules_lists_them() -> None:
    """A courier who is off duty and was never seen: refused without force, with it the list goes along."""

    async def story() -> None:
        async with planned_zone(ASSIGN) as running:
            await with_an_order(running)
            await running.on_duty("c2", place=None)
            await running.ask(c.SetDuty("c2", Duty.OFF_DUTY))
            await until(lambda: running.replica.state.couriers["c2"].duty is Duty.OFF_DUTY)
            wanted = wish(A.ASSIGN, "o1", courier_id="c2")
            assert [v.partition(":")[0] for v in (await preview(wanted, around(running))).effects.violations] == [
                "off_duty"
            ]
            with pytest.raises(Infeasible) as refused:
                await decide(wanted, around(running))
            assert refused.value.violations and refused.value.current_version == running.replica.state.plan_version
            assert (await decide(replace(wanted, force=True), around(running))).forced

    run_virtual(story())


def test_a_choice_that_cannot_be_is_refused() -> None:
    """Unknown names, missing ones, and goods on board: each with its own error."""

    async def story() -> None:
        async with planned_zone(ASSIGN) as running:
            await with_an_order(running)
            for order_id, courier_id in (("ghost", "c1"), ("o1", "ghost")):
                with pytest.raises(NotFound):
                    await preview(wish(A.ASSIGN, order_id, courier_id=courier_id), around(running))
            with pytest.raises(InvalidInput, match="which courier"):
                await preview(wish(A.MERGE, "o1"), around(running))
            with pytest.raises(InvalidInput, match="which order"):
                await preview(wish(A.HOLD), around(running))
            with pytest.raises(StaleVersion):
                await preview(wish(A.HOLD, "o1", expected_version=0), around(running))
            stop = running.replica.state.route("c1").stops[0]
            await running.ask(c.ReportProgress("c1", stop.id, c.StopAction.COMPLETED, NOON_MS))
            await until(lambda: running.replica.state.orders["o1"].status is OrderStatus.PICKED_UP)
            with pytest.raises(Conflict, match="on board"):
                await preview(wish(A.ASSIGN, "o1", courier_id="c1"), around(running))

    run_virtual(story())


def test_a_plan_that_moves_on_between_look_and_act_is_noticed() -> None:
    """While the routes are made, another order comes into the route: the command names the version that was seen."""

    async def story() -> None:
        async with planned_zone(ASSIGN) as running:
            await with_an_order(running)

            async def slow(work: Callable[[], T]) -> T:
                found = work()
                await running.ask(c.CreateOrder(order("o2", created_at_ms=running.clock.now_ms())))
                await until(lambda: "o2" in running.replica.state.route("c1").order_ids())
                return found

            with pytest.raises(Conflict) as refused:
                await preview(wish(A.EXPEDITE, "o1"), replace(around(running), offload=slow))
            assert refused.value.code == "stale_plan"

    run_virtual(story())


def test_a_lock_needs_no_routes_and_disturbs_nobody() -> None:
    """Its command says what to lock and how; the arrivals are those of the plan."""

    async def story() -> None:
        async with planned_zone(ASSIGN) as running:
            await with_an_order(running)
            command = await decide(wish(A.LOCK, "o1", lock=Lock.FULL), around(running))
            assert (command.lock, command.routes, command.base_version) == (Lock.FULL, (), None)
            (eta,) = command.effects.etas
            assert eta.without_at_ms == eta.with_at_ms > NOON_MS
            assert all(term.before_s == term.after_s for term in command.effects.terms)

    run_virtual(story())


def test_a_freed_order_is_looked_for_around_its_depot() -> None:
    """Only the nearest couriers stand for what the system would do, however many there are."""

    async def story() -> None:
        async with planned_zone(ASSIGN) as running:
            await with_an_order(running)
            for k in range(2, NEAREST + 4):
                await running.on_duty(f"c{k}")
            await until(lambda: len(running.replica.state.couriers) == NEAREST + 3)
            before = running.travel_times.pairs
            command = await decide(wish(A.UNASSIGN, "o1"), around(running))
            assert command.effects.etas[0].with_at_ms > 0
            places = NEAREST + 2 + 2
            assert running.travel_times.pairs - before <= 2 * places**2

    run_virtual(story())


def test_an_override_is_taken_back_although_the_planner_was_quicker() -> None:
    """Taken from c1, the order is with c2 milliseconds later; undone, it is with c1 again, at the times of now."""

    async def story() -> None:
        async with planned_zone(ASSIGN) as running:
            await with_an_order(running)
            await running.on_duty("c2")
            command = await decide(wish(A.UNASSIGN, "o1", override_id="ov"), around(running))
            assert (await running.ask(command)).ok
            await until(lambda: running.replica.state.orders["o1"].courier_id == "c2")
            await asyncio.sleep(60)
            back = await undoing(running.replica.state.overrides["ov"], "mistake", "dispatcher:bob", around(running))
            assert back.routes[0].stops[0].arrive_at_ms >= running.clock.now_ms()
            assert (await running.ask(back)).ok
            await until(lambda: running.replica.state.orders["o1"].courier_id == "c1")
            assert running.replica.state.route("c2").stops == ()
            assert running.replica.state.overrides["ov"].undone_by == "dispatcher:bob"

    run_virtual(story())


def test_what_comes_back_into_a_changed_route_goes_where_it_fits() -> None:
    """c1 got another order since; the one that comes back is picked up together with it, not in a second round."""

    async def story() -> None:
        async with planned_zone(ASSIGN) as running:
            await with_an_order(running)
            command = await decide(wish(A.UNASSIGN, "o1", override_id="ov"), around(running))
            assert (await running.ask(command)).ok
            await known(running, "ov")
            await running.ask(c.CreateOrder(order("o2", created_at_ms=running.clock.now_ms())))
            await until(lambda: running.replica.state.orders["o2"].courier_id == "c1")
            back = await undoing(running.replica.state.overrides["ov"], "mistake", "dispatcher:bob", around(running))
            assert (await running.ask(back)).ok
            await until(lambda: running.replica.state.orders["o1"].courier_id == "c1")
            assert set(running.replica.state.route("c1").stops[0].order_ids) == {"o1", "o2"}

    run_virtual(story())


def test_an_undo_without_routes_needs_no_roads() -> None:
    """A lock is lifted again; what has changed since is said before anything is asked."""

    async def story() -> None:
        async with planned_zone(ASSIGN) as running:
            await with_an_order(running)
            command = await decide(wish(A.LOCK, "o1", lock=Lock.FULL, override_id="ov"), around(running))
            assert (await running.ask(command)).ok
            await known(running, "ov")
            asked = running.travel_times.asked
            back = await undoing(running.replica.state.overrides["ov"], "mistake", "dispatcher:bob", around(running))
            assert (back.routes, running.travel_times.asked) == ((), asked)
            await running.ask(c.CancelOrder("o1", "no"))
            await until(lambda: running.replica.state.orders["o1"].status is OrderStatus.CANCELED)
            with pytest.raises(Conflict, match="canceled"):
                await undoing(running.replica.state.overrides["ov"], "mistake", "dispatcher:bob", around(running))

    run_virtual(story())
