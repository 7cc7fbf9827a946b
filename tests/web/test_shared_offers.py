"""An offer to several couriers over real sockets, and an order that is held back: what shops and phones see of it."""

import asyncio

from courier_protocol import messages as m
from courier_protocol.client import CourierClient
from dispatch.application.hold_back import HoldBack
from dispatch.domain.commands import OfferToMany
from dispatch.domain.route import PlannedRoute, PlannedStop, StopKind
from tests.support.web import House, courier_client, eventually, order_body, until
from tests.support.zones import MINUTE_MS, NOON_MS


async def offer_to(h: House, order_id: str, *courier_ids: str) -> None:
    """Hold an order out to these couriers at once, for a minute."""
    at_ms = h.clock.now_ms()
    stops = (
        PlannedStop(StopKind.PICKUP, (order_id,), at_ms + 5 * MINUTE_MS, at_ms + 6 * MINUTE_MS),
        PlannedStop(StopKind.DROPOFF, (order_id,), at_ms + 9 * MINUTE_MS, at_ms + 10 * MINUTE_MS),
    )
    routes = tuple(PlannedRoute(courier_id, stops) for courier_id in courier_ids)
    reply = await h.do(OfferToMany(h.hub.replica.state.plan_version, (order_id,), routes, MINUTE_MS, ("test",)))
    assert reply.ok, reply


async def fact(phone: CourierClient, kind: type[m.CourierFact]) -> m.CourierFact:
    """The next fact of a kind that a phone is told."""
    push = await until(
        phone.events(), lambda event: isinstance(event, m.Push) and any(isinstance(f, kind) for f in event.facts)
    )
    return next(f for f in push.facts if isinstance(f, kind))


async def test_both_phones_ring_and_the_slower_one_is_told_at_once(h: House, address: str) -> None:
    """Each sees the stops and the pay; the first yes gets the route, the other phone hears that the offer is taken, and
    a yes of its own is refused in words.
    """
    await h.courier("c2", "Bo Diddley")
    placed = await h.order()
    async with courier_client(h, address) as ada, courier_client(h, address, "c2") as bo:
        for phone in (ada, bo):
            await phone.wait_live()
            assert (await phone.duty("available")).ok
        await offer_to(h, placed["id"], "c1", "c2")
        first, second = await asyncio.gather(fact(ada, m.Offered), fact(bo, m.Offered))
        assert isinstance(first, m.Offered) and isinstance(second, m.Offered)
        assert [stop.kind for stop in second.stops] == ["pickup", "dropoff"] and second.earnings_minor > 0
        assert (await bo.accept(second.offer_id)).ok
        closed = await fact(ada, m.OfferClosed)
        assert isinstance(closed, m.OfferClosed)
        assert (closed.offer_id, closed.outcome, closed.reason) == (first.offer_id, "revoked", "taken")
        late = await ada.accept(first.offer_id)
        assert (late.ok, late.code, late.detail) == (
            False,
            "offer_taken",
            "The offer is taken; it can no longer be accepted.",
        )
        route = await fact(bo, m.RouteChanged)
        assert isinstance(route, m.RouteChanged) and [stop.kind for stop in route.stops] == ["pickup", "dropoff"]


async def test_a_phone_that_comes_back_sees_what_is_still_open(h: House, address: str) -> None:
    """Without a position in the stream: the snapshot has the offer with its stops, and the route without them."""
    await h.courier("c2", "Bo Diddley")
    placed = await h.order()
    await offer_to(h, placed["id"], "c1", "c2")
    async with courier_client(h, address, "c2") as bo:
        snapshot = await until(bo.events(), lambda event: isinstance(event, m.Resync))
        assert [len(offer.stops) for offer in snapshot.offers] == [2] and snapshot.route.stops == ()


async def test_an_order_is_held_back_until_a_courier_has_to_set_off(h: House, address: str) -> None:
    """Ready in an hour: the answer is the same as ever, and the zone knows when to give it away."""
    h.services.hold_back = HoldBack(slack_s=180)
    async with courier_client(h, address) as phone:
        await phone.wait_live()
        assert (await phone.duty("available")).ok
        phone.position(m.Fix(at_ms=NOON_MS, lat=60.166, lon=24.936))
        await eventually(lambda: h.hub.sight.positions.get("c1"))
        placed = await h.order(ready_at_ms=NOON_MS + 60 * MINUTE_MS, promise_at_ms=NOON_MS + 120 * MINUTE_MS)
    due_ms = h.hub.replica.state.orders[placed["id"]].commit_due_at_ms
    assert NOON_MS + 50 * MINUTE_MS < due_ms < NOON_MS + 57 * MINUTE_MS
    assert placed["status"] == "dispatchable"
    body = order_body(ready_at_ms=NOON_MS + 60 * MINUTE_MS, commit_due_at_ms=NOON_MS + 1)
    own = await h.http.post("/v1/orders", json=body, headers=h.headers())
    assert own.status_code == 201
    await eventually(lambda: own.json()["id"] in h.hub.replica.state.orders)
    assert h.hub.replica.state.orders[own.json()["id"]].commit_due_at_ms == NOON_MS + 1
