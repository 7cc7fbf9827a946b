"""Arrival times between plans: they follow the couriers, and small noise is not news."""

import asyncio
from dataclasses import replace

from msgspec import structs

from dispatch.application.eta_policy import Settling
from dispatch.application.ports import Position
from dispatch.application.problem_builder import build_problem, needs_a_place, snapshot
from dispatch.application.proposals_scene import PlannerSettings
from dispatch.application.travel_book import TravelBook
from dispatch.application.whereabouts import Whereabouts
from dispatch.domain import commands as c
from dispatch.domain import events as e
from dispatch.domain.courier import Duty
from dispatch.domain.order import OrderStatus
from dispatch.planning.terms import Weights
from simulator.virtual_time import run_virtual
from tests.support.planned_zone import (
    AT_SEA,
    NEAR_DEPOT,
    ZONE,
    PlannedZone,
    StraightLines,
    planned_zone,
    until,
)
from tests.support.zones import NOON_MS, ask, given, order, zone

ASSIGN = PlannerSettings(offer_mode="assign")


async def with_an_order(running: PlannedZone) -> None:
    """One courier near the depot with one assigned order."""
    await running.on_duty("c1", NEAR_DEPOT)
    await running.ask(c.CreateOrder(order("o1")))
    await until(lambda: running.replica.state.orders["o1"].status is OrderStatus.ASSIGNED)


def test_a_courier_who_stands_still_comes_later() -> None:
    """Nobody moves for a minute: the times follow, by what is sure of it; the sequence and the route's version stay."""

    async def story() -> None:
        async with planned_zone(ASSIGN) as running:
            await with_an_order(running)
            before = running.replica.state.route("c1")
            await asyncio.sleep(60)
            after = running.replica.state.route("c1")
            assert after.version == before.version
            assert 25_000 <= after.stops[0].arrive_at_ms - before.stops[0].arrive_at_ms <= 60_000

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
            assert causes == ["courier"]

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
            moved: list[Position] = []
            following = asyncio.create_task(whereabouts.run(appeared.extend, moved.append))
            await running.seen("c1", NEAR_DEPOT)
            await until(lambda: "c1" in whereabouts.known)
            seen = whereabouts.known["c1"]
            running.positions._zones[ZONE].newest.clear()
            await running.positions.put(ZONE, [structs.replace(seen, seq=seen.seq - 1, lat=AT_SEA.lat, lon=AT_SEA.lon)])
            await asyncio.sleep(1)
            assert whereabouts.known == {"c1": seen}
            assert appeared == ["c1"]
            assert moved == [seen]
            following.cancel()

    run_virtual(story())


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
    seen = snapshot(zone(couriers=1, orders=1), {}, NOON_MS, 300_000)
    (order,) = (each.order for each in build_problem(seen, TravelBook(StraightLines()), Weights()).orders.values())
    assert (order.dropoff.name, order.dropoff.phone, order.dropoff.address, order.track_hash) == ("", "", "", "")


def test_what_the_next_fixes_take_back_is_not_told() -> None:
    """A fix among one-way streets means a block more, the next one does not: the arrival stays; what lasts counts."""
    settling, now_ms = Settling(), NOON_MS
    state = zone(orders=1)
    given(state, "c1", "o1")
    route = state.route("c1")
    told = [stop.arrive_at_ms for stop in route.stops]
    later = [at_ms + 150_000 for at_ms in told]
    assert settling.settled(route, told, now_ms) == told
    for step, arrivals in enumerate((later, told, later, told), 1):
        assert settling.settled(route, arrivals, now_ms + 5_000 * step) == told
    for step in range(5, 9):
        lasting = settling.settled(route, later, now_ms + 5_000 * step)
    assert list(lasting) == later
    settling.forget("c1")
    assert settling.settled(route, told, now_ms + 45_000) == told
