"""Idle couriers hear where to wait, when the zone wants that; it changes no plan."""

import asyncio
from dataclasses import replace

from dispatch.application.courier_facts import courier_facts
from dispatch.application.ports import Recorded
from dispatch.application.proposals_scene import PlannerSettings
from dispatch.domain import commands as c
from dispatch.domain import events as e
from dispatch.domain.depot import Depot
from dispatch.domain.geo import Point
from dispatch.domain.order import Dropoff
from simulator.virtual_time import run_virtual
from tests.support.planned_zone import NEAR_DEPOT, PlannedZone, planned_zone, until
from tests.support.zones import order

FAR = Point(60.18, 25.00)
ADVISING = PlannerSettings(offer_mode="assign", waiting_advice=True)


async def notices(zone: PlannedZone) -> list[Recorded]:
    """Every notice so far."""
    events = await zone.store.events("test", 0, 10_000)
    return [recorded for recorded in events if isinstance(recorded.event, e.CourierNoticed)]


async def busy_far_away(zone: PlannedZone) -> None:
    """Ten orders at a far depot go to a courier there; three idle couriers wait in town, where nothing happens."""
    await zone.ask(c.RegisterDepot(Depot("far", "East gate", FAR, "Far road 1")))
    await zone.on_duty("there", FAR)
    for k in range(10):
        bare = order(f"o{k}", "far")
        await zone.ask(c.CreateOrder(replace(bare, dropoff=Dropoff(FAR, f"Far road {k}"))))
    await until(lambda: all(o.courier_id == "there" for o in zone.replica.state.orders.values()))
    for k in range(3):
        await zone.on_duty(f"idle-{k}", NEAR_DEPOT)


def test_idle_couriers_hear_where_the_orders_are() -> None:
    """Within a few minutes the notice is on the phone, with the depot's name; once, until there was something to do."""

    async def story() -> None:
        async with planned_zone(ADVISING) as zone:
            await busy_far_away(zone)
            await asyncio.sleep(200)
            told = await notices(zone)
            assert told
            assert {r.event.courier_id for r in told if isinstance(r.event, e.CourierNoticed)} <= {
                "idle-0",
                "idle-1",
                "idle-2",
            }
            (fact,) = courier_facts(zone.replica.state, told[0])
            assert (fact.code, fact.place) == ("wait_near", "East gate")  # type: ignore[union-attr]
            for k in range(3):
                await zone.seen(f"idle-{k}", NEAR_DEPOT)
            await asyncio.sleep(200)
            again = [r.event.courier_id for r in await notices(zone) if isinstance(r.event, e.CourierNoticed)]
            assert len(again) == len(set(again))
            assert all(zone.replica.state.route(f"idle-{k}").stops == () for k in range(3))

    run_virtual(story())


def test_nobody_is_advised_unless_the_zone_wants_it() -> None:
    """Off by default."""

    async def story() -> None:
        async with planned_zone(replace(ADVISING, waiting_advice=False)) as zone:
            await busy_far_away(zone)
            await asyncio.sleep(400)
            assert await notices(zone) == []

    run_virtual(story())


def test_without_orders_there_is_nothing_to_wait_for() -> None:
    """Idle couriers and no demand: silence."""

    async def story() -> None:
        async with planned_zone(ADVISING) as zone:
            await zone.on_duty("idle", NEAR_DEPOT)
            await asyncio.sleep(400)
            assert await notices(zone) == []

    run_virtual(story())
