"""Arrival times between plans: they follow the couriers, and small noise is not news."""

import asyncio
from dataclasses import replace

import pytest
from msgspec import structs

from dispatch.application.problem_builder import needs_a_place, snapshot
from dispatch.application.proposals_by_hand import assignment_by_hand
from dispatch.application.proposals_scene import PlannerSettings
from dispatch.application.travel_book import TravelBook
from dispatch.application.whereabouts import Whereabouts
from dispatch.domain import commands as c
from dispatch.domain import events as e
from dispatch.domain.courier import Duty
from dispatch.domain.errors import Conflict, NotFound
from dispatch.domain.geo import Point
from dispatch.domain.order import OrderStatus
from dispatch.domain.vehicle import Profile
from dispatch.planning.problem import UNREACHABLE_MS
from tests.support.planned_zone import (
    AT_SEA,
    FAR_AWAY,
    NEAR_DEPOT,
    ZONE,
    PlannedZone,
    StraightLines,
    inline,
    planned_zone,
    until,
)
from tests.support.virtual_time import run_virtual
from tests.support.zones import NOON_MS, ask, given, order, zone

ASSIGN = PlannerSettings(offer_mode="assign")


async def with_an_order(running: PlannedZone) -> None:
    """One courier near the depot with one assigned order."""
    await running.on_duty("c1", NEAR_DEPOT)
    await running.ask(c.CreateOrder(order("o1")))
    await until(lambda: running.replica.state.orders["o1"].status is OrderStatus.ASSIGNED)


def test_a_courier_who_stands_still_comes_later() -> None:
    """Nobody moves for a minute: the times follow, the sequence and the route's version stay."""

    async def story() -> None:
        async with planned_zone(ASSIGN) as running:
            await with_an_order(running)
            before = running.replica.state.route("c1")
            await asyncio.sleep(60)
            after = running.replica.state.route("c1")
            assert after.version == before.version
            assert 40_000 <= after.stops[0].arrive_at_ms - before.stops[0].arrive_at_ms <= 60_000

    run_virtual(story())


def test_noise_is_not_news() -> None:
    """Less than 20 s off: no event at all."""

    async def story() -> None:
        async with planned_zone(ASSIGN) as running:
            await with_an_order(running)
            heard: list[object] = []
            running.replica.listen(lambda recorded: heard.append(recorded.event))
            await asyncio.sleep(15)
            assert heard == []

    run_virtual(story())


def test_progress_is_looked_at_within_a_second() -> None:
    """A courier finishes the pickup far earlier than planned: the customer's time follows at once, with that cause."""

    async def story() -> None:
        async with planned_zone(ASSIGN) as running:
            await running.on_duty("c1", NEAR_DEPOT)
            late = replace(order("o1"), ready_at_ms=NOON_MS + 900_000)
            await running.ask(c.CreateOrder(late))
            await until(lambda: running.replica.state.orders["o1"].status is OrderStatus.ASSIGNED)
            causes: list[str] = []

            def hear(recorded: object) -> None:
                event = getattr(recorded, "event", None)
                if isinstance(event, e.EtaChanged):
                    causes.append(event.cause)

            running.replica.listen(hear)
            await asyncio.sleep(12)
            stop = running.replica.state.route("c1").stops[0]
            await running.ask(c.ReportProgress("c1", stop.id, c.StopAction.COMPLETED, NOON_MS))
            took_s = await until(lambda: bool(causes))
            assert took_s < 1.1
            assert causes == ["progress"]

    run_virtual(story())


def test_a_courier_off_the_map_keeps_the_last_times() -> None:
    """A fix at sea: there is no way from there, so the times stay, and nothing breaks."""

    async def story() -> None:
        async with planned_zone(ASSIGN) as running:
            await with_an_order(running)
            before = running.replica.state.route("c1")
            await running.seen("c1", AT_SEA)
            await asyncio.sleep(100)
            assert running.replica.state.route("c1") == before

    run_virtual(story())


def test_an_emptied_position_store_forgets_nobody() -> None:
    """The store may be lost at any moment: the planner still knows the last places, and takes no older ones."""

    async def story() -> None:
        async with planned_zone(ASSIGN) as running:
            whereabouts = Whereabouts(running.positions, ZONE)
            appeared: list[str] = []
            following = asyncio.create_task(whereabouts.run(lambda: appeared.append("somebody")))
            await running.seen("c1", NEAR_DEPOT)
            await until(lambda: "c1" in whereabouts.known)
            seen = whereabouts.known["c1"]
            running.positions._zones[ZONE].newest.clear()
            await running.positions.put(ZONE, [structs.replace(seen, seq=seen.seq - 1, place=AT_SEA)])
            await asyncio.sleep(1)
            assert whereabouts.known == {"c1": seen}
            assert appeared == ["somebody"]
            following.cancel()

    run_virtual(story())


def test_known_rides_are_not_asked_again() -> None:
    """A second picture asks for the couriers' rides only; a new door for its own; a closed book starts small again."""
    roads = StraightLines()
    book = TravelBook(roads)
    doors = [Point(60.1 + k / 1000, 24.9) for k in range(10)]
    first = book.matrices([Profile.BIKE], doors, [NEAR_DEPOT])[Profile.BIKE]
    assert roads.pairs == 100 + 10
    again = book.matrices([Profile.BIKE], doors, [NEAR_DEPOT])[Profile.BIKE]
    assert roads.pairs == 110 + 10
    assert (first == again).all()
    more = book.matrices([Profile.BIKE], [*doors, FAR_AWAY], [NEAR_DEPOT])[Profile.BIKE]
    assert roads.pairs == 120 + 11 + 10 + 11
    assert (more[:10, :10] == first[:10, :10]).all()
    assert (more[:11, 11] == UNREACHABLE_MS).all()
    many = [Point(60.1, 24.0 + k / 1000) for k in range(300)]
    book.matrices([Profile.BIKE], many, [])
    small = book.matrices([Profile.BIKE], [*doors, FAR_AWAY], [NEAR_DEPOT])[Profile.BIKE]
    assert (small == more).all()


def test_a_door_at_sea_is_unreachable_and_the_others_are_not() -> None:
    """One place off the network does not spoil the matrix."""
    roads = StraightLines()
    legs = TravelBook(roads).matrices([Profile.BIKE], [NEAR_DEPOT, AT_SEA, FAR_AWAY], [AT_SEA])[Profile.BIKE]
    assert 0 < legs[0, 2] < UNREACHABLE_MS
    assert legs[0, 1] == legs[1, 0] == legs[3, 0] == UNREACHABLE_MS
    assert (legs.diagonal() == 0).all()


def test_a_courier_without_a_place_keeps_the_route_in_the_picture() -> None:
    """Unknown place: they start at their next stop and take nothing new; off duty without work they are not there."""
    state = zone(couriers=3, orders=2)
    given(state, "c1", "o1")
    ask(state, c.SetDuty("c2", Duty.OFF_DUTY))
    seen = snapshot(state, {}, NOON_MS, 300_000)
    assert [(s.courier.id, s.closed) for s in seen.couriers] == [("c1", "no_position"), ("c3", "no_position")]
    assert seen.couriers[0].start == state.route("c1").stops[0].place
    assert seen.waiting
    assert not seen.under_way().couriers
    assert needs_a_place(state, state.orders["o2"])
    assert not needs_a_place(state, state.orders["o1"])


def test_no_personal_data_reaches_the_planner() -> None:
    """Names, phones and addresses stay where they are needed."""
    state = zone(couriers=1, orders=1)
    (seen,) = snapshot(state, {}, NOON_MS, 300_000).orders
    assert (seen.dropoff.name, seen.dropoff.phone, seen.dropoff.address, seen.track_hash) == ("", "", "", "")


def test_a_dispatcher_s_choice_becomes_a_route() -> None:
    """Whoever has the order, it goes to the named courier; the zone adopts the route as it is."""

    async def story() -> None:
        async with planned_zone(ASSIGN) as running:
            await with_an_order(running)
            await running.on_duty("c2", FAR_AWAY)
            ports = (running.replica, running.positions, running.travel_times, running.clock)
            found = await assignment_by_hand(*ports, "o1", "c2", offload=inline)
            assert found.violations == ()
            reply = await running.ask(c.AssignByHand("o1", found.route, found.base_version, "asked for"))
            assert reply.ok
            await until(lambda: running.replica.state.orders["o1"].courier_id == "c2")
            assert running.replica.state.route("c1").stops == ()

    run_virtual(story())


def test_a_choice_against_the_rules_lists_them() -> None:
    """A courier who is off duty and was never seen: the route is there, and so is what speaks against it."""

    async def story() -> None:
        async with planned_zone(ASSIGN) as running:
            await with_an_order(running)
            await running.on_duty("c2", place=None)
            await running.ask(c.SetDuty("c2", Duty.OFF_DUTY))
            await until(lambda: running.replica.state.couriers["c2"].duty is Duty.OFF_DUTY)
            ports = (running.replica, running.positions, running.travel_times, running.clock)
            found = await assignment_by_hand(*ports, "o1", "c2", offload=inline)
            assert [violation.code for violation in found.violations] == ["off_duty"]

    run_virtual(story())


def test_a_choice_that_cannot_be_is_refused() -> None:
    """Unknown names are not found; goods on board are a conflict."""

    async def story() -> None:
        async with planned_zone(ASSIGN) as running:
            await with_an_order(running)
            ports = (running.replica, running.positions, running.travel_times, running.clock)
            for order_id, courier_id in (("ghost", "c1"), ("o1", "ghost")):
                with pytest.raises(NotFound):
                    await assignment_by_hand(*ports, order_id, courier_id, offload=inline)
            stop = running.replica.state.route("c1").stops[0]
            await running.ask(c.ReportProgress("c1", stop.id, c.StopAction.COMPLETED, NOON_MS))
            await until(lambda: running.replica.state.orders["o1"].status is OrderStatus.PICKED_UP)
            with pytest.raises(Conflict):
                await assignment_by_hand(*ports, "o1", "c1", offload=inline)

    run_virtual(story())
