"""Goods on board over HTTP: returns, hand-overs, and what becomes of a failed attempt."""

from typing import Any

import pytest

from dispatch.domain import commands as c
from dispatch.domain.courier import Duty
from dispatch.domain.order import Direction, OrderStatus
from tests.support.web import House, eventually

COMPLETED, FAILED = c.StopAction.COMPLETED, c.StopAction.FAILED
BRIDGE = {"lat": 60.168, "lon": 24.938, "address": "Long Bridge"}


async def aboard(h: House) -> str:
    """The id of an order that c1 has on board; c2 is on duty, too."""
    await h.courier("c2", "Bo Ek")
    await h.do(c.SetDuty("c2", Duty.AVAILABLE))
    order_id: str = (await h.order())["id"]
    await h.plan("c1", order_id)
    await h.progress("c1", COMPLETED)
    return order_id


async def post(h: House, path: str, role: str = "dispatcher", **body: Any) -> tuple[int, dict[str, Any]]:
    """(status, body) of the answer, once this process has heard of what it changed."""
    answer = await h.http.post(path, json=body, headers=h.headers(role))
    await eventually(lambda: h.hub.replica.head == h.store_head)
    return answer.status_code, answer.json()


async def test_a_return_is_taken_in(h: House) -> None:
    """It goes from the customer to the depot, with the door's time at the pickup, and staff see which way."""
    placed = await h.order(direction="return", requires=["photo"])
    order = h.hub.replica.state.orders[placed["id"]]
    assert (order.direction, order.depot_id) == (Direction.RETURN, "d1")
    assert order.service_pickup_s > order.service_dropoff_s
    shown = (await h.http.get(f"/v1/orders/{order.id}", headers=h.headers("dispatcher"))).json()
    assert shown["direction"] == "return"
    body = {"dropoff": {"lat": 60.17, "lon": 24.94, "address": "x"}, "direction": "sideways"}
    assert (await h.http.post("/v1/orders", json=body, headers=h.headers())).status_code == 422


async def test_goods_are_handed_over_by_a_dispatchers_word(h: House) -> None:
    """Planned at a named place, done on the dispatcher's word; the order is the other courier's."""
    order_id = await aboard(h)
    status, answer = await post(
        h, "/v1/handovers", order_ids=[order_id, order_id], to_courier_id="c2", reason="flat tyre", place=BRIDGE
    )
    state = h.hub.replica.state
    assert (status, answer) == (200, {"plan_version": state.plan_version})
    assert state.route("c2").stops[0].address == "Long Bridge"
    status, _ = await post(h, f"/v1/orders/{order_id}/handover", done=True, reason="both called")
    assert (status, state.orders[order_id].courier_id) == (200, "c2")
    status, answer = await post(h, f"/v1/orders/{order_id}/handover", done=True, reason="both called")
    assert (status, answer["code"]) == (409, "wrong_state")


async def test_a_hand_over_may_be_left_to_the_couriers_stops(h: House) -> None:
    """Without a place the giver's next door will do; called off, the goods stay."""
    order_id = await aboard(h)
    status, _ = await post(h, "/v1/handovers", order_ids=[order_id], to_courier_id="c2", reason="flat tyre")
    state = h.hub.replica.state
    assert (status, state.route("c2").stops[0].place) == (200, state.orders[order_id].dropoff.place)
    status, _ = await post(h, f"/v1/orders/{order_id}/handover", done=False, reason="mended")
    assert (status, state.orders[order_id].handover) == (200, None)


async def test_a_failed_attempt_is_decided_and_the_depot_says_when_goods_are_back(h: House) -> None:
    """A dispatcher sends the goods back; depot staff may confirm that they have them, once."""
    order_id = await aboard(h)
    reply = await h.do(
        c.ReportProgress("c1", h.hub.replica.state.route("c1").stops[0].id, FAILED, h.clock.now_ms(), "nobody_there")
    )
    assert reply.ok
    path, state = f"/v1/orders/{order_id}/attempt", h.hub.replica.state
    assert (await post(h, path, resolution="return", reason="moved away"))[0] == 200
    assert state.orders[order_id].status is OrderStatus.RETURNING
    assert (await post(h, path, "depot", resolution="returned", reason="seen"))[0] == 200
    assert state.orders[order_id].status is OrderStatus.RETURNED
    status, answer = await post(h, path, "depot", resolution="returned", reason="seen")
    assert (status, answer["code"]) == (409, "wrong_state")


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("/v1/handovers", {"order_ids": ["o"], "to_courier_id": "c2", "reason": "x"}),
        ("/v1/orders/o/handover", {"done": True, "reason": "x"}),
        ("/v1/orders/o/attempt", {"resolution": "retry", "reason": "x"}),
    ],
)
async def test_only_those_who_may_and_only_what_is_there(h: House, path: str, body: dict[str, Any]) -> None:
    """Couriers decide nothing here; an unknown order is unknown."""
    refused = await h.http.post(path, json=body, headers=h.headers("courier", "c1"))
    assert (refused.status_code, refused.json()["code"]) == (403, "role_not_allowed")
    assert (await post(h, path, **body))[1]["code"] == "unknown_order"


async def test_a_zone_that_does_not_answer_is_pending(h: House) -> None:
    """202, with where to look."""
    order_id = await aboard(h)
    h.bus.deaf = True
    answer = await h.http.post(
        f"/v1/orders/{order_id}/handover", json={"done": False, "reason": "x"}, headers=h.headers("dispatcher")
    )
    assert answer.status_code == 202 and "/v1/requests/" in answer.json()["status_url"]
