"""A whole shift in virtual time: couriers accept, decline and ride; the planner places and improves all the while."""

import asyncio
from dataclasses import replace
from random import Random

import pytest

from dispatch.application.proposals_scene import PlannerSettings
from dispatch.domain import commands as c
from dispatch.domain.geo import Point
from dispatch.domain.invariants import violations
from dispatch.domain.offer import OfferStatus
from dispatch.domain.order import FINISHED, Dropoff, OrderStatus
from dispatch.planning.problem import Plan, Problem
from dispatch.planning.routing_model import improve
from simulator.virtual_time import run_virtual
from tests.support.planned_zone import FakeSolver, PlannedZone, planned_zone
from tests.support.zones import order

COURIERS, ORDERS = 4, 16


def searched(problem: Problem) -> Plan | None:
    """A short real search."""
    return improve(problem, 0.02, seed=1, max_solutions=10)


async def answer(zone: PlannedZone, courier_id: str, random: Random) -> None:
    """Answer offers within seconds, one in eight with no."""
    while True:
        await asyncio.sleep(random.uniform(1, 10))
        for offer in tuple(zone.replica.state.offers.values()):
            if offer.courier_id == courier_id and offer.status is OfferStatus.OPEN:
                refused = random.random() < 1 / 8
                await zone.ask(
                    c.DeclineOffer(courier_id, offer.id, "busy") if refused else c.AcceptOffer(courier_id, offer.id)
                )


async def ride(zone: PlannedZone, courier_id: str, random: Random) -> None:
    """Make the stops in the order of the route, as it then is."""
    while True:
        await asyncio.sleep(2.0)
        state = zone.replica.state
        stops = state.route(courier_id).stops
        if stops and not any(state.orders[o].status is OrderStatus.OFFERED for o in stops[0].order_ids):
            await make(zone, courier_id, stops[0].id, random)


async def make(zone: PlannedZone, courier_id: str, stop_id: str, random: Random) -> None:
    """Ride to a stop and do it; the plan behind it may change meanwhile."""
    if not (await zone.ask(c.ReportProgress(courier_id, stop_id, c.StopAction.DEPARTED, zone.clock.now_ms()))).ok:
        return
    await asyncio.sleep(random.uniform(30, 300))
    stop = zone.replica.state.route(courier_id).stop(stop_id)
    assert stop, "a started stop stays on the route"
    await zone.seen(courier_id, stop.place)
    await zone.ask(c.ReportProgress(courier_id, stop_id, c.StopAction.ARRIVED, zone.clock.now_ms()))
    await asyncio.sleep(max(0, stop.earliest_at_ms - zone.clock.now_ms()) / 1000 + random.uniform(20, 120))
    assert (await zone.ask(c.ReportProgress(courier_id, stop_id, c.StopAction.COMPLETED, zone.clock.now_ms()))).ok


@pytest.mark.parametrize("seed", range(2))
def test_a_shift_ends_with_every_order_delivered_or_refused_by_all(seed: int) -> None:
    """Declines, started stops, improvements and new orders interleave; no rule is broken at any moment.

    The planner never proposes what the zone has to refuse, except when the zone has moved on meanwhile.
    """
    random = Random(seed)

    async def story() -> None:
        solver = FakeSolver(searched)
        async with planned_zone(PlannerSettings(improve_budget_real_s=0.5), solver=solver) as zone:
            for k in range(COURIERS):
                await zone.on_duty(f"c{k}", Point(60.16 + random.random() / 50, 24.92 + random.random() / 25))
            people = [
                asyncio.create_task(part(zone, f"c{k}", Random(seed * 10 + k)))
                for k in range(COURIERS)
                for part in (answer, ride)
            ]
            for k in range(ORDERS):
                door = Dropoff(Point(60.15 + random.random() / 20, 24.9 + random.random() / 10), "")
                made = replace(order(f"o{k}", f"d{random.randrange(1, 3)}", zone.clock.now_ms()), dropoff=door)
                await zone.ask(c.CreateOrder(made))
                await asyncio.sleep(random.uniform(5, 120))
            for _ in range(3 * 3_600):
                assert violations(zone.replica.state) == []
                if all(o.status in FINISHED for o in zone.replica.state.orders.values()):
                    break
                await asyncio.sleep(1.0)
                assert not any(task.done() for task in people)
                for courier_id, position in (await zone.positions.latest("test")).items():
                    await zone.seen(courier_id, position.place)
            for task in people:
                task.cancel()
            left = [o for o in zone.replica.state.orders.values() if o.status not in FINISHED]
            assert [o.reason for o in left if o.reason != "everyone_declined"] == []
            assert zone.planner.outcomes.keys() <= {"adopted", "stale_plan", "over_churn_budget"}
            assert zone.planner.outcomes["adopted"] >= 10

    run_virtual(story())
