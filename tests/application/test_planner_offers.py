"""How the planner asks: several couriers at once, the own fleet first, who will probably accept; and when it waits."""

import asyncio
from dataclasses import replace

import pytest

from dispatch.application.offer_policy import OfferSettings
from dispatch.application.proposals_scene import PlannerSettings
from dispatch.domain import commands as c
from dispatch.domain.courier import Duty, Fleet
from dispatch.domain.geo import Point
from dispatch.domain.invariants import violations
from dispatch.domain.offer import Offer, OfferMode, OfferStatus
from dispatch.domain.order import OrderStatus
from simulator.virtual_time import run_virtual
from tests.support.planned_zone import FAR_AWAY, NEAR_DEPOT, PlannedZone, planned_zone, until
from tests.support.zones import MINUTE_MS, NOON_MS, courier, order

BATCH = PlannerSettings(offer_mode="batch")
BESIDE = Point(60.166, 24.937)
"""Two hundred metres from the depot, a little farther than `NEAR_DEPOT`."""
WIDER = Point(60.168, 24.94)


def asked(zone: PlannedZone, order_id: str = "o1") -> list[str]:
    """Who is being asked for an order now, the first asked first."""
    offers = zone.replica.state.offers.values()
    return [o.courier_id for o in offers if o.status is OfferStatus.OPEN and order_id in o.order_ids]


async def freelancer(zone: PlannedZone, courier_id: str, place: Point) -> None:
    """A freelancer goes on duty."""
    await zone.ask(c.RegisterCourier(replace(courier(courier_id), fleet=Fleet.FREELANCE)))
    await zone.seen(courier_id, place)
    await zone.ask(c.SetDuty(courier_id, Duty.AVAILABLE))


# --- several at once -------------------------------------------------------------------------------------------


def test_the_three_best_are_asked_at_once_and_the_first_has_it() -> None:
    """Of four couriers the nearest three; the one who accepts has the order on the route, the others are free of it."""

    async def story() -> None:
        async with planned_zone(BATCH) as zone:
            for courier_id, place in (("c1", WIDER), ("c2", FAR_AWAY), ("c3", NEAR_DEPOT), ("c4", BESIDE)):
                await zone.on_duty(courier_id, place)
            await zone.ask(c.CreateOrder(order("o1")))
            await until(lambda: len(zone.replica.state.offers) == 3)
            state = zone.replica.state
            assert asked(zone) == ["c3", "c4", "c1"]
            assert {o.expires_at_ms - o.made_at_ms for o in state.offers.values()} == {MINUTE_MS}
            assert not any(route.stops for route in state.routes.values())
            (offer_id,) = (o.id for o in state.offers.values() if o.courier_id == "c4")
            assert (await zone.ask(c.AcceptOffer("c4", offer_id))).ok
            await until(lambda: state.orders["o1"].status is OrderStatus.ASSIGNED)
            assert (state.orders["o1"].courier_id, state.route("c4").order_ids()) == ("c4", ("o1",))
            late = await zone.ask(
                c.AcceptOffer("c3", next(o.id for o in state.offers.values() if o.courier_id == "c3"))
            )
            assert (late.ok, late.code) == (False, "offer_taken")
            assert violations(state) == []

    run_virtual(story())


def test_when_all_are_silent_others_are_asked_first() -> None:
    """Whoever let the order lapse comes after those who were not asked yet."""

    async def story() -> None:
        settings = replace(BATCH, offers=OfferSettings(batch=2, refusal_cost_s=600.0))
        async with planned_zone(settings) as zone:
            for courier_id, place in (("c1", NEAR_DEPOT), ("c2", BESIDE), ("c3", WIDER), ("c4", WIDER)):
                await zone.on_duty(courier_id, place)
            await zone.ask(c.CreateOrder(order("o1")))
            await until(lambda: len(asked(zone)) == 2)
            assert asked(zone) == ["c1", "c2"]
            await asyncio.sleep(59)
            await until(lambda: sorted(asked(zone)) == ["c3", "c4"], within_s=3)
            assert violations(zone.replica.state) == []

    run_virtual(story())


def test_a_single_courier_is_simply_asked() -> None:
    """Without rivals it is an offer like any other: the order has its place on the route meanwhile."""

    async def story() -> None:
        async with planned_zone(BATCH) as zone:
            await zone.on_duty("c1")
            await zone.ask(c.CreateOrder(order("o1")))
            await until(lambda: asked(zone) == ["c1"])
            assert zone.replica.state.orders["o1"].courier_id == "c1"

    run_virtual(story())


def test_each_depot_may_have_a_way_of_its_own() -> None:
    """The zone asks one after the other, the depot d2 assigns without asking."""

    async def story() -> None:
        offers = OfferSettings(modes={"d2": OfferMode.ASSIGN})
        async with planned_zone(PlannerSettings(offers=offers)) as zone:
            await zone.on_duty("c1")
            await zone.ask(c.CreateOrder(order("o1")))
            await until(lambda: asked(zone) == ["c1"])
            await zone.ask(c.CreateOrder(order("o2", depot_id="d2")))
            await until(lambda: zone.replica.state.orders["o2"].status is OrderStatus.ASSIGNED)

    run_virtual(story())


# --- whom ------------------------------------------------------------------------------------------------------


def test_freelancers_are_asked_after_a_while() -> None:
    """The own courier refuses; the order says why it waits, and after 200 s the freelancer is asked."""

    async def story() -> None:
        settings = PlannerSettings(offers=OfferSettings(freelancer_after_s=200))
        async with planned_zone(settings) as zone:
            await zone.on_duty("own", WIDER)
            await freelancer(zone, "free", NEAR_DEPOT)
            await zone.ask(c.CreateOrder(replace(order("o1"), created_at_ms=zone.clock.now_ms())))
            await until(lambda: asked(zone) == ["own"])
            await zone.ask(c.DeclineOffer("own", zone.replica.state.orders["o1"].offer_id, "break_soon"))
            await until(lambda: zone.replica.state.orders["o1"].reason == "own_fleet_first")
            await asyncio.sleep(190)
            assert asked(zone) == []
            await until(lambda: asked(zone) == ["free"], within_s=26)

    run_virtual(story())


def test_freelancers_are_asked_at_once_when_nobody_else_works() -> None:
    """With the own fleet off duty there is nobody to wait for."""

    async def story() -> None:
        settings = PlannerSettings(offers=OfferSettings(freelancer_after_s=200))
        async with planned_zone(settings) as zone:
            await zone.ask(c.RegisterCourier(courier("own")))
            await freelancer(zone, "free", NEAR_DEPOT)
            await zone.ask(c.CreateOrder(replace(order("o1"), created_at_ms=zone.clock.now_ms())))
            assert await until(lambda: asked(zone) == ["free"]) < 0.1

    run_virtual(story())


def test_who_probably_refuses_is_asked_later() -> None:
    """A courier who has refused everything lately, as others did not, is passed over for one a little farther away."""

    async def story() -> None:
        settings = PlannerSettings(offers=OfferSettings(refusal_cost_s=300.0))
        async with planned_zone(settings) as zone:
            no = Offer("of", "c1", ("o",), NOON_MS - MINUTE_MS, NOON_MS, OfferStatus.DECLINED)
            zone.planner.recall([no, replace(no, courier_id="c9", status=OfferStatus.ACCEPTED)] * 30)
            await zone.on_duty("c1", NEAR_DEPOT)
            await zone.on_duty("c2", WIDER)
            await zone.ask(c.CreateOrder(order("o1")))
            await until(lambda: asked(zone) == ["c2"])
            assert zone.planner.figures["acceptance_answers"] == 60

    run_virtual(story())


def test_it_learns_while_it_works() -> None:
    """Each answer counts, and what was foreseen of it."""

    async def story() -> None:
        async with planned_zone() as zone:
            await zone.on_duty("c1")
            await zone.ask(c.CreateOrder(order("o1")))
            await until(lambda: asked(zone) == ["c1"])
            await zone.ask(c.AcceptOffer("c1", zone.replica.state.orders["o1"].offer_id))
            await until(lambda: zone.planner.figures["acceptance_answers"] == 1)
            assert zone.planner.figures == {
                "acceptance_answers": 1,
                "acceptance_accepted": 1,
                "acceptance_expected": pytest.approx(0.85),
            }

    run_virtual(story())


# --- when ------------------------------------------------------------------------------------------------------


def test_a_lone_order_of_a_busy_depot_waits_for_the_next() -> None:
    """Orders come every half minute: one that is alone is kept open, and rides with the next one when that comes."""

    async def story() -> None:
        settings = PlannerSettings(offer_mode="assign", offers=OfferSettings(bundle_wait_s=120))
        async with planned_zone(settings) as zone:
            for n in range(8):
                await zone.ask(c.CreateOrder(order(f"early-{n}", created_at_ms=zone.clock.now_ms())))
                await asyncio.sleep(30)
            for n in range(8):
                await zone.ask(c.CancelOrder(f"early-{n}", "closed"))
            await zone.on_duty("c1", FAR_AWAY)
            await zone.on_duty("c2", FAR_AWAY)
            now_ms = zone.clock.now_ms()
            await zone.ask(c.CreateOrder(replace(order("o1", created_at_ms=now_ms), promise_at_ms=now_ms + 10**7)))
            await asyncio.sleep(60)
            assert zone.replica.state.orders["o1"].status is OrderStatus.DISPATCHABLE
            await zone.ask(c.CreateOrder(replace(order("o2", created_at_ms=now_ms), promise_at_ms=now_ms + 10**7)))
            assert await until(lambda: zone.replica.state.orders["o2"].status is OrderStatus.ASSIGNED) < 0.1
            orders = zone.replica.state.orders
            assert orders["o1"].courier_id == orders["o2"].courier_id != ""

    run_virtual(story())


def test_it_waits_no_longer_than_allowed() -> None:
    """Nothing comes after all: two minutes after it came, the order is given away alone."""

    async def story() -> None:
        settings = PlannerSettings(offer_mode="assign", offers=OfferSettings(bundle_wait_s=120))
        async with planned_zone(settings) as zone:
            for n in range(8):
                await zone.ask(c.CreateOrder(order(f"early-{n}", created_at_ms=zone.clock.now_ms())))
                await asyncio.sleep(30)
            for n in range(8):
                await zone.ask(c.CancelOrder(f"early-{n}", "closed"))
            await zone.on_duty("c1", FAR_AWAY)
            now_ms = zone.clock.now_ms()
            await zone.ask(c.CreateOrder(replace(order("o1", created_at_ms=now_ms), promise_at_ms=now_ms + 10**7)))
            await asyncio.sleep(119)
            assert zone.replica.state.orders["o1"].status is OrderStatus.DISPATCHABLE
            await until(lambda: zone.replica.state.orders["o1"].status is OrderStatus.ASSIGNED, within_s=2)

    run_virtual(story())
