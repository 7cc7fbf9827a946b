"""Cases, messages on orders, and a courier's day over HTTP."""

import asyncio

import pytest

from courier_protocol.messages import Fix
from dispatch.domain import commands as c
from dispatch.domain.courier import Duty
from dispatch.domain.route import StopKind
from tests.support.web import House, eventually
from tests.support.zones import MINUTE_MS, NOON_MS

DONE = c.StopAction.COMPLETED


async def a_case(h: House) -> tuple[str, str]:
    """An order that c1 delivered although nobody had it any more: (order id, case id)."""
    order_id = (await h.order())["id"]
    reply = await h.do(c.ReportProgress("c1", "old", DONE, NOON_MS, "", (order_id,), StopKind.DROPOFF))
    assert reply.ok, reply
    await eventually(lambda: h.hub.replica.state.cases)
    return order_id, next(iter(h.hub.replica.state.cases))


async def test_a_case_is_listed_and_resolved(h: House) -> None:
    """The newest first, by status; resolving names how, twice is no harm, and an unknown one is unknown."""
    order_id, case_id = await a_case(h)
    listed = (await h.http.get("/v1/cases", headers=h.headers("dispatcher"))).json()["cases"]
    assert [(case["id"], case["kind"], case["order_id"]) for case in listed] == [
        (case_id, "delivered_after_reassign", order_id)
    ]
    body = {"resolution": "customer confirmed"}
    for _ in range(2):
        answer = await h.http.post(f"/v1/cases/{case_id}/resolve", json=body, headers=h.headers("dispatcher"))
        shown = answer.json()
        assert (answer.status_code, shown["status"]) == (200, "resolved")
        assert (shown["resolution"], shown["resolved_by"]) == ("customer confirmed", "someone")
    await eventually(lambda: h.hub.replica.state.cases[case_id].resolution)
    still_open = await h.http.get("/v1/cases?status=open", headers=h.headers("dispatcher"))
    assert still_open.json() == {"cases": []}
    gone = await h.http.post("/v1/cases/nothing/resolve", json=body, headers=h.headers("dispatcher"))
    assert (gone.status_code, gone.json()["code"]) == (404, "unknown_case")
    bad = await h.http.get("/v1/cases?status=odd", headers=h.headers("dispatcher"))
    assert bad.status_code == 422


async def test_an_inbox_that_does_not_answer_is_pending(h: House) -> None:
    """202, with where to look."""
    _, case_id = await a_case(h)
    h.bus.deaf = True
    answer = await h.http.post(f"/v1/cases/{case_id}/resolve", json={"resolution": "x"}, headers=h.headers())
    assert answer.status_code == 202 and "/v1/requests/" in answer.json()["status_url"]


async def test_staff_and_shopper_write_about_an_order(h: House) -> None:
    """Each by their own right, once for each key; the shopper's page shows what is theirs, the desk all of it."""
    placed = await h.order()
    thread, link = f"/v1/orders/{placed['id']}/messages", f"/v1/track/{placed['track_token']}"
    for _ in range(2):
        written = await h.http.post(
            f"{link}/messages", json={"to": "dispatcher", "text": "At the back"}, headers={"Idempotency-Key": "1"}
        )
        assert written.status_code == 201
    answer = await h.http.post(thread, json={"to": "customer", "text": "Thank you"}, headers=h.headers("support"))
    assert answer.status_code == 201
    said = (await h.http.get(thread, headers=h.headers("dispatcher"))).json()["messages"]
    assert [(m["sender"], m["to"], m["text"]) for m in said] == [
        ("customer", "dispatcher", "At the back"), ("dispatcher", "customer", "Thank you"),
    ]  # fmt: skip
    await eventually(lambda: len(h.hub.replica.state.messages.get(placed["id"], ())) == 2)
    shown = (await h.http.get(link)).json()["messages"]
    assert [m["text"] for m in shown] == ["At the back", "Thank you"]


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        ({"to": "courier", "text": "hello"}, 409, "no_courier"),
        ({"to": "customer", "text": "hello"}, 422, "bad_field"),
        ({"to": "dispatcher", "text": ""}, 422, "bad_field"),
        ({"to": "dispatcher", "text": "x" * 501}, 422, "bad_field"),
        ({"to": "dispatcher", "text": "  "}, 422, "bad_message"),
    ],
)
async def test_a_message_that_cannot_be_delivered_says_why(
    h: House, body: dict[str, str], status: int, code: str
) -> None:
    """A clear problem, and nothing is kept."""
    placed = await h.order()
    answer = await h.http.post(f"/v1/track/{placed['track_token']}/messages", json=body)
    assert (answer.status_code, answer.json()["code"]) == (status, code)
    assert await h.store.messages_of("default", placed["id"]) == []


async def test_threads_are_not_for_everybody(h: House) -> None:
    """A courier, a shop or a wrong link reads and writes nothing here; an unknown order is unknown."""
    order_id = (await h.order())["id"]
    for role in ("courier", "integrator", "depot"):
        assert (await h.http.get(f"/v1/orders/{order_id}/messages", headers=h.headers(role))).status_code == 403
    assert (await h.http.get("/v1/orders/none/messages", headers=h.headers())).status_code == 404
    wrong = await h.http.post(f"/v1/track/{'x' * 32}/messages", json={"to": "dispatcher", "text": "hi"})
    assert wrong.status_code == 404
    h.bus.deaf = True
    slow = {"to": "customer", "text": "hi"}
    assert (await h.http.post(f"/v1/orders/{order_id}/messages", json=slow, headers=h.headers())).status_code == 202


async def eventually_rode(h: House, metres: int) -> None:
    """The track is written behind, a tick later."""
    async with asyncio.timeout(5):
        while await h.hub.track_distance_m("c1", 0) < metres:
            await asyncio.sleep(0.01)


async def test_a_couriers_day(h: House) -> None:
    """Deliveries, the way by the stored track, and the pay by the offers' own rule; their own day only."""
    await h.do(c.SetDuty("c1", Duty.AVAILABLE))
    order_id = (await h.order())["id"]
    await h.plan("c1", order_id)
    for _ in range(2):
        await h.progress("c1", DONE)
    for n in range(60):
        h.clock.pass_ms(10_000)
        at_ms = h.clock.now_ms()
        h.hub.report("c1", 1, n + 1, [Fix(at_ms=at_ms, lat=60.166 + n * 4e-4, lon=24.936, acc_m=8.0, speed_mps=4.0)])
    await eventually_rode(h, 2_000)
    day = (await h.http.get("/v1/couriers/c1/day", headers=h.headers("courier", "c1"))).json()
    assert day["deliveries"] == 1 and day["orders"][0]["order_id"] == order_id
    assert day["distance_m"] == pytest.approx(59 * 44.5, rel=0.1)
    assert day["earnings_minor"] > 400 and day["currency"] == "CNY"
    later = await h.http.get(
        f"/v1/couriers/c1/day?from_ms={h.clock.now_ms() + MINUTE_MS}", headers=h.headers("courier", "c1")
    )
    assert later.json()["deliveries"] == 0
    assert (await h.http.get("/v1/couriers/c1/day", headers=h.headers("courier", "c2"))).status_code == 404
    assert (await h.http.get("/v1/couriers/c9/day", headers=h.headers("dispatcher"))).status_code == 404
