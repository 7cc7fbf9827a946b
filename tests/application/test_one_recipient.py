"""Orders of one recipient, placed one after the other, come together: by one courier, and with one ring at the door."""

from dataclasses import replace
from typing import Any

import pytest

from dispatch.application.proposals_scene import PlannerSettings
from dispatch.domain import commands as c
from dispatch.domain.geo import Point
from dispatch.domain.order import Direction, Order, OrderStatus
from dispatch.domain.recipients import can_ride_along, is_one_door
from dispatch.domain.route import StopKind
from simulator.virtual_time import run_virtual
from tests.support.planned_zone import PlannedZone, planned_zone, until
from tests.support.zones import MINUTE_MS, NOON_MS, order, plan, planned

ASSIGN = PlannerSettings(offer_mode="assign")
DOOR = Point(60.172, 24.945)
ADA = "ada's number"


def wanted(
    order_id: str, *, mark: str = ADA, place: Point = DOOR, address: str = "Maple Street 7", **more: Any
) -> Order:
    plain = order(order_id, created_at_ms=NOON_MS)
    door = replace(plain.dropoff, place=place, address=address)
    return replace(plain, dropoff=door, phone_mark=mark, **{"promise_at_ms": NOON_MS + 60 * MINUTE_MS, **more})


async def placed(zone: PlannedZone, new: Order) -> str:
    """The courier who gets it."""
    await zone.ask(c.CreateOrder(new))
    await until(lambda: bool(zone.replica.state.orders[new.id].courier_id))
    return zone.replica.state.orders[new.id].courier_id


def doors_of(zone: PlannedZone, courier_id: str) -> list[set[str]]:
    """The orders of each drop-off of a courier."""
    stops = zone.replica.state.route(courier_id).stops
    return [set(stop.order_ids) for stop in stops if stop.kind is StopKind.DROPOFF]


def test_a_later_order_of_a_recipient_rides_with_the_earlier_one() -> None:
    """Written otherwise and pinned some metres beside it; an order of a neighbour is a stop of its own."""

    async def story() -> None:
        async with planned_zone(ASSIGN) as zone:
            for k in range(4):
                await zone.on_duty(f"c{k}", Point(60.165 + 0.0005 * k, 24.936))
            first = await placed(zone, wanted("o1"))
            beside = Point(DOOR.lat + 0.0001, DOOR.lon)
            assert await placed(zone, wanted("o2", place=beside, address="7 Maple St.")) == first
            assert doors_of(zone, first) == [{"o1", "o2"}]
            neighbour = await placed(zone, wanted("o3", mark="grace's number", place=beside, address="7 Maple St."))
            assert {"o3"} in doors_of(zone, neighbour)

    run_virtual(story())


@pytest.mark.parametrize(("mark", "along"), [(ADA, True), ("grace's number", False)])
def test_who_is_about_to_fetch_the_earlier_one_is_asked_in_any_crowd(mark: str, *, along: bool) -> None:
    """Thirty couriers stand at the depot, and only two of them are looked at first; the recipient's own is, too."""

    async def story() -> None:
        async with planned_zone(replace(ASSIGN, near_couriers=2)) as zone:
            for k in range(30):
                await zone.on_duty(f"c{k:02}", Point(60.165, 24.935))
            await zone.on_duty("early", Point(60.166, 24.937))
            await zone.ask(c.CreateOrder(wanted("o1", commit_due_at_ms=NOON_MS + 30 * MINUTE_MS)))
            await until(lambda: "o1" in zone.replica.state.orders and "early" in zone.replica.state.couriers)
            state = zone.replica.state
            assert (await zone.ask(plan(state, planned(state, "early", ("o1",))))).ok
            await until(lambda: bool(state.orders["o1"].courier_id))
            assert (await placed(zone, wanted("o2", mark=mark)) == "early") is along

    run_virtual(story())


@pytest.mark.parametrize(
    ("fields", "along"),
    [
        ({}, True),
        ({"depot_id": "d2"}, False),
        ({"depot_id": "d2", "depot_options": ("d1",)}, True),
        ({"phone_mark": ""}, False),
        ({"earliest_at_ms": NOON_MS + 61 * MINUTE_MS}, False),
        ({"earliest_at_ms": NOON_MS + 30 * MINUTE_MS}, True),
        ({"direction": Direction.RETURN}, False),
    ],
)
def test_which_orders_ride_along(fields: dict[str, Any], *, along: bool) -> None:
    """From one depot, at overlapping times, before the earlier one is fetched."""
    earlier = replace(wanted("o1"), status=OrderStatus.ASSIGNED, courier_id="c1")
    new = replace(wanted("o2"), **{"promise_at_ms": NOON_MS + 90 * MINUTE_MS, **fields})
    assert can_ride_along(new, earlier) is along
    assert not can_ride_along(new, replace(earlier, status=OrderStatus.PICKED_UP))


def test_a_door_is_as_wide_as_a_house() -> None:
    """The same number across the street is another door; without a number nobody knows."""
    assert is_one_door(wanted("o1"), wanted("o2", place=Point(DOOR.lat + 0.0002, DOOR.lon)))
    assert not is_one_door(wanted("o1"), wanted("o2", place=Point(DOOR.lat + 0.0003, DOOR.lon)))
    assert not is_one_door(wanted("o1", mark=""), wanted("o2", mark=""))
