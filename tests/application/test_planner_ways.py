"""The planner on other ways than from a depot to a door: back to it, from a door, many to one, and by a meeting."""

from dataclasses import replace

from dispatch.application.proposals_scene import PlannerSettings
from dispatch.domain import commands as c
from dispatch.domain.commands import StopAction
from dispatch.domain.geo import Point
from dispatch.domain.invariants import violations
from dispatch.domain.order import Direction, OrderStatus
from dispatch.domain.route import Stop, StopEnd, StopKind
from dispatch.domain.vehicle import Profile
from simulator.virtual_time import run_virtual
from tests.support.planned_zone import NEAR_DEPOT, PlannedZone, planned_zone, until
from tests.support.zones import MINUTE_MS, order, plan, planned

ASSIGN = PlannerSettings(offer_mode="assign")
COMPLETED = StopAction.COMPLETED
S = OrderStatus


def stops(zone: PlannedZone, courier_id: str = "c1") -> tuple[Stop, ...]:
    return zone.replica.state.route(courier_id).stops


async def done(zone: PlannedZone, courier_id: str = "c1") -> None:
    """The courier completes the first stop."""
    stop = stops(zone, courier_id)[0]
    report = c.ReportProgress(courier_id, stop.id, COMPLETED, zone.clock.now_ms(), "", stop.order_ids, stop.kind)
    assert (await zone.ask(report)).ok
    await until(lambda: all(each.id != stop.id for each in stops(zone, courier_id)))


async def picked_up(zone: PlannedZone, *order_ids: str) -> None:
    """c1 has these orders on board."""
    for order_id in order_ids:
        await zone.ask(c.CreateOrder(order(order_id)))
    await until(lambda: set(zone.replica.state.route("c1").order_ids()) == set(order_ids))
    while stops(zone)[0].kind is StopKind.PICKUP:
        await done(zone)


def is_sound(zone: PlannedZone) -> bool:
    """No invariant is broken, and no plan was dropped by the checker."""
    return violations(zone.replica.state) == [] and not zone.planner.outcomes["unchecked"]


def test_goods_that_go_back_are_planned_like_any_drop_off() -> None:
    """Within the fast path's pause after the cancel there is a stop at the depot; done, the order is returned."""

    async def story() -> None:
        async with planned_zone(ASSIGN) as zone:
            await zone.on_duty("c1")
            await picked_up(zone, "o1")
            await zone.ask(c.CancelOrder("o1", "customer called"))
            took_s = await until(lambda: any(stop.end is StopEnd.DEPOT for stop in stops(zone)))
            assert took_s < 0.2
            (stop,) = stops(zone)
            assert (stop.kind, stop.order_ids, stop.name) == (StopKind.DROPOFF, ("o1",), "Depot d1")
            await done(zone)
            assert zone.replica.state.orders["o1"].status is S.RETURNED
            assert is_sound(zone)

    run_virtual(story())


def test_goods_on_board_wait_for_no_time_of_their_order() -> None:
    """An order that was not to be given away before tomorrow, and was by hand: canceled, it goes back now."""

    async def story() -> None:
        async with planned_zone(ASSIGN) as zone:
            await zone.on_duty("c1")
            later_ms = zone.clock.now_ms() + 24 * 60 * MINUTE_MS
            await zone.ask(c.CreateOrder(replace(order("o1"), commit_due_at_ms=later_ms)))
            await zone.ask(plan(zone.replica.state, planned(zone.replica.state, "c1", ("o1",))))
            await until(lambda: len(stops(zone)) == 2)
            await done(zone)
            await zone.ask(c.CancelOrder("o1", "customer called"))
            took_s = await until(lambda: any(stop.end is StopEnd.DEPOT for stop in stops(zone)))
            assert took_s < 0.2

    run_virtual(story())


def test_customers_come_before_goods_that_go_back() -> None:
    """With a customer waiting nearby, the depot is not the next stop, although it was asked for first."""

    async def story() -> None:
        async with planned_zone(ASSIGN) as zone:
            await zone.on_duty("c1")
            await picked_up(zone, "o1", "o2")
            await zone.seen("c1", Point(60.1699, 24.94))
            await zone.ask(c.CancelOrder("o1", "customer called"))
            await until(lambda: len(stops(zone)) == 2)
            assert [stop.end for stop in stops(zone)] == [StopEnd.DOOR, StopEnd.DEPOT]
            assert is_sound(zone)

    run_virtual(story())


def test_a_return_is_fetched_at_the_door() -> None:
    """The pickup is where the customer is, the drop-off at the depot, each done by the courier's report."""

    async def story() -> None:
        async with planned_zone(ASSIGN) as zone:
            await zone.on_duty("c1")
            await zone.ask(c.CreateOrder(replace(order("o1"), direction=Direction.RETURN)))
            await until(lambda: len(stops(zone)) == 2)
            door, back = stops(zone)
            assert (door.place, door.end) == (order("o1").dropoff.place, StopEnd.DOOR)
            assert (back.place, back.end) == (zone.replica.state.depots["d1"].place, StopEnd.DEPOT)
            assert door.arrive_at_ms < back.arrive_at_ms
            await done(zone)
            await done(zone)
            assert zone.replica.state.orders["o1"].status is S.DELIVERED
            assert is_sound(zone)

    run_virtual(story())


def test_twelve_orders_to_one_point_are_one_arrival() -> None:
    """A van takes them in one visit to the depot and hands them over at one stop, each order in its own right."""

    async def story() -> None:
        async with planned_zone(ASSIGN) as zone:
            await zone.on_duty("c1", NEAR_DEPOT, Profile.VAN)
            order_ids = [f"o{n}" for n in range(1, 13)]
            for order_id in order_ids:
                await zone.ask(c.CreateOrder(order(order_id)))
            await until(lambda: len(zone.replica.state.route("c1").order_ids()) == 12)
            assert [(stop.kind, len(stop.order_ids)) for stop in stops(zone)] == [
                (StopKind.PICKUP, 12),
                (StopKind.DROPOFF, 12),
            ]
            await done(zone)
            (point,) = stops(zone)
            now_ms = zone.clock.now_ms()
            await zone.ask(
                c.ReportProgress("c1", point.id, StopAction.ARRIVED, now_ms, "", point.order_ids, point.kind)
            )
            handed = point.order_ids[:11]
            await zone.ask(c.ReportProgress("c1", point.id, COMPLETED, now_ms, "", handed, point.kind))
            await until(lambda: stops(zone)[0].order_ids == point.order_ids[11:])
            rest = stops(zone)[0]
            report = c.ReportProgress("c1", rest.id, StopAction.FAILED, now_ms, "missing", rest.order_ids, rest.kind)
            await zone.ask(report)
            await until(lambda: not stops(zone))
            state = zone.replica.state
            ends = [[status for status, _ in state.orders[o].timeline][-2:] for o in order_ids]
            assert ends.count([S.AT_DROPOFF, S.DELIVERED]) == 11
            assert ends.count([S.AT_DROPOFF, S.ATTEMPT_FAILED]) == 1
            assert is_sound(zone)

    run_virtual(story())


def test_a_hand_over_is_planned_around_and_the_taker_delivers() -> None:
    """New work finds its place beside the meeting, which stays; with both words the way to the door is planned at once.

    The giver delivers nothing of it any more, and the customer keeps one order under one id throughout.
    """

    async def story() -> None:
        async with planned_zone(ASSIGN) as zone:
            await zone.on_duty("c1")
            await picked_up(zone, "o1")
            await zone.on_duty("c2")
            bridge = Point(60.168, 24.938)
            reply = await zone.ask(c.HandOver(("o1",), "c2", "flat tyre", bridge, "Long Bridge"))
            assert reply.ok
            await until(lambda: zone.replica.state.route("c2").to_take_over() == ("o1",))
            await zone.ask(c.SetDuty("c1", c.Duty.ENDING))
            await zone.ask(c.CreateOrder(order("o2")))
            await until(lambda: "o2" in zone.replica.state.route("c2").order_ids())
            assert zone.replica.state.route("c2").to_take_over() == ("o1",)
            assert len(stops(zone, "c2")) == 3
            await done(zone, "c1")
            meet = next(stop for stop in stops(zone, "c2") if stop.takes_over)
            now_ms = zone.clock.now_ms()
            await zone.ask(c.ReportProgress("c2", meet.id, COMPLETED, now_ms, "", ("o1",), StopKind.PICKUP))
            await until(lambda: "o1" in zone.replica.state.route("c2").order_ids())
            door = next(s for s in stops(zone, "c2") if s.kind is StopKind.DROPOFF and "o1" in s.order_ids)
            assert door.end is StopEnd.DOOR
            while stops(zone, "c2"):
                await done(zone, "c2")
            state = zone.replica.state
            assert {(o.status, o.courier_id) for o in state.orders.values()} == {(S.DELIVERED, "c2")}
            assert is_sound(zone)

    run_virtual(story())


def test_a_meeting_that_is_called_off_puts_the_drop_off_back() -> None:
    """The giver has the customer's door on the route again, without anybody's doing."""

    async def story() -> None:
        async with planned_zone(ASSIGN) as zone:
            await zone.on_duty("c1")
            await picked_up(zone, "o1")
            await zone.on_duty("c2")
            await zone.ask(c.HandOver(("o1",), "c2", "flat tyre", Point(60.168, 24.938)))
            await zone.ask(c.SettleHandOver("o1", False, "tyre is mended"))
            await until(lambda: [stop.end for stop in stops(zone)] == [StopEnd.DOOR])
            assert stops(zone, "c2") == ()
            assert is_sound(zone)

    run_virtual(story())


def test_one_word_alone_does_not_bring_the_giver_back_to_the_meeting() -> None:
    """Between the two words the order has no stop with the giver, and the planner does not look for one."""

    async def story() -> None:
        async with planned_zone(ASSIGN) as zone:
            await zone.on_duty("c1")
            await picked_up(zone, "o1")
            await zone.on_duty("c2")
            await zone.ask(c.HandOver(("o1",), "c2", "flat tyre", Point(60.168, 24.938)))
            await until(lambda: [stop.end for stop in stops(zone)] == [StopEnd.MEETING])
            await done(zone)
            await zone.ask(c.CreateOrder(order("o2")))
            await until(lambda: zone.replica.state.orders["o2"].status is S.ASSIGNED)
            assert "o1" not in zone.replica.state.route("c1").order_ids()
            assert zone.replica.state.orders["o1"].courier_id == "c1"
            assert is_sound(zone)

    run_virtual(story())
