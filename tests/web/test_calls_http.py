"""Calls by way of a gateway: who may call whom, and that nobody learns the other's number."""

import json
from dataclasses import replace
from typing import Any

import httpx
import pytest

from courier_protocol import messages as m
from dispatch.adapters.call_gateway import GatewayCalls, RecordedCalls, call_gateway
from dispatch.application.calls import CallFailed, CallWish
from dispatch.domain import commands as c
from dispatch.domain.courier import Courier
from tests.support.web import House, eventually, order_body

ADA, SHOPPER = "+358401112222", "+8613800138000"


async def on_the_way(h: House) -> dict[str, Any]:
    """An order that Ada has on board; calls are recorded."""
    h.services.calls = RecordedCalls()
    await h.depot()
    await h.courier()
    known = h.hub.replica.state.couriers["c1"]
    await h.do(c.RegisterCourier(Courier(known.id, known.name, known.profile, known.capacity, phone=ADA)))
    body = order_body()
    body["dropoff"] |= {"phone": SHOPPER}
    placed = (await h.http.post("/v1/orders", json=body, headers=h.headers("integrator", "shop"))).json()
    await h.plan("c1", placed["id"])
    for action in (c.StopAction.ARRIVED, c.StopAction.COMPLETED):
        await h.progress("c1", action)
    await eventually(lambda: h.hub.replica.head == h.store_head)
    return dict(placed)


async def call(h: House, placed: dict[str, Any], to: str, role: str, subject: str = "ann") -> Any:
    return await h.http.post(f"/v1/orders/{placed['id']}:call", json={"to": to}, headers=h.headers(role, subject))


def wishes(h: House) -> list[tuple[str, str]]:
    assert isinstance(h.services.calls, RecordedCalls)
    return [(wish.caller, wish.callee) for wish in h.services.calls.wishes]


async def test_courier_and_customer_call_each_other(h: House, capsys: pytest.CaptureFixture[str]) -> None:
    """Each hears a number that is nobody's; the log has neither of theirs."""
    placed = await on_the_way(h)
    mine = await call(h, placed, "customer", "courier", "c1")
    theirs = await h.http.post(f"/v1/track/{placed['track_token']}/call")
    for answer in (mine, theirs):
        assert answer.status_code == 200, answer.text
        assert answer.json() == {"number": "+00000000000", "good_for_s": 300}
    assert wishes(h) == [(ADA, SHOPPER), (SHOPPER, ADA)]
    told = capsys.readouterr().out
    assert placed["id"] in told and ADA not in told and SHOPPER not in told


async def test_the_staff_calls_either(h: House) -> None:
    """From whatever phone; finance and depots do not."""
    placed = await on_the_way(h)
    assert (await call(h, placed, "customer", "support")).status_code == 200
    assert (await call(h, placed, "courier", "dispatcher")).status_code == 200
    assert wishes(h) == [("", SHOPPER), ("", ADA)]
    assert (await call(h, placed, "customer", "depot")).json()["code"] == "role_not_allowed"


async def test_who_may_not_call(h: House) -> None:
    """Another courier, a courier another courier, anybody once it is delivered, and where there is no number."""
    placed = await on_the_way(h)
    assert (await call(h, placed, "customer", "courier", "c2")).json()["code"] == "not_yours"
    assert (await call(h, placed, "courier", "courier", "c1")).json()["code"] == "not_yours"
    assert (await call(h, {"id": "o-nothing"}, "customer", "support")).json()["code"] == "unknown_order"
    nameless = (await h.http.post("/v1/orders", json=order_body(), headers=h.headers("integrator", "shop"))).json()
    await eventually(lambda: nameless["id"] in h.hub.replica.state.orders)
    assert (await call(h, nameless, "customer", "support")).json()["code"] == "no_number"
    assert (await h.http.post(f"/v1/track/{nameless['track_token']}/call")).json()["code"] == "no_call_now"
    for action in (c.StopAction.ARRIVED, c.StopAction.COMPLETED):
        await h.progress("c1", action)
    await eventually(lambda: h.hub.replica.head == h.store_head)
    assert (await h.http.post(f"/v1/track/{placed['track_token']}/call")).json()["code"] == "no_call_now"
    assert wishes(h) == []


async def test_without_a_gateway_people_write(h: House) -> None:
    """A conflict with words for what to do instead; a gateway that fails is told apart."""
    placed = await on_the_way(h)
    h.services.calls = None
    off = await call(h, placed, "customer", "support")
    assert (off.status_code, off.json()["code"]) == (409, "no_calls")
    h.services.calls = GatewayCalls("https://calls.example", httpx.MockTransport(lambda _: httpx.Response(500)))
    failed = await call(h, placed, "customer", "support")
    assert (failed.status_code, failed.json()["code"], failed.headers["retry-after"]) == (503, "call_failed", "5")


WISH = CallWish("w1", "o1", ADA, SHOPPER)


async def test_the_gateway_hears_who_is_to_be_joined() -> None:
    """With an id of its own, so that the same wish joins the same two."""
    heard: list[httpx.Request] = []

    def answer(request: httpx.Request) -> httpx.Response:
        heard.append(request)
        return httpx.Response(200, json={"number": "+862160000001", "good_for_s": 120})

    bridge = await GatewayCalls("https://calls.example/join", httpx.MockTransport(answer)).join(WISH)
    assert (bridge.number, bridge.good_for_s) == ("+862160000001", 120)
    assert json.loads(heard[0].content) == {"id": "w1", "order_id": "o1", "from": ADA, "to": SHOPPER}
    assert heard[0].headers["idempotency-key"] == "w1"


@pytest.mark.parametrize("answer", [httpx.Response(429), httpx.Response(200, text="{}"), httpx.Response(200, text="<")])
async def test_a_gateway_that_does_not_join_is_told_without_a_number(answer: httpx.Response) -> None:
    """Nobody's number, and no address of the gateway, which may hold a secret."""
    with pytest.raises(CallFailed) as failed:
        await GatewayCalls("https://calls.example/s3cret", httpx.MockTransport(lambda _: answer)).join(WISH)
    assert not {ADA, SHOPPER, "s3cret"} & set(str(failed.value).split())


def test_the_setting_names_the_gateway() -> None:
    """None of them, one that records, or a platform."""
    assert call_gateway("none") is None
    assert isinstance(call_gateway("record"), RecordedCalls)
    assert isinstance(call_gateway("https://calls.example"), GatewayCalls)


async def test_a_phone_that_calls_by_way_of_the_server_is_told_no_number(h: House) -> None:
    """In the snapshot as in the news."""
    await on_the_way(h)
    card = h.hub.told_anew("c1").route.cards[0]
    assert (card.phone, card.calls) == (SHOPPER, False)
    h.hub.sight = replace(h.hub.sight, calls=True)
    card = h.hub.told_anew("c1").route.cards[0]
    assert (card.phone, card.calls) == ("", True)
    news = [h.hub.told(recorded) for recorded in await h.services.store.events("default", 0, 500)]
    cards = [fact.card for facts in news for fact in facts if isinstance(fact, m.CardChanged)]
    routes = [fact for facts in news for fact in facts if isinstance(fact, m.RouteChanged)]
    assert cards and routes and SHOPPER not in str(news)
