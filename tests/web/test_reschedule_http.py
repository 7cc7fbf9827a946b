"""Another time for an order, agreed on by staff with its customer, over HTTP."""

from typing import Any

import pytest

from dispatch.domain.commands import Overrule
from dispatch.domain.order import Lock
from dispatch.domain.override import OverrideAction
from tests.support.web import House, eventually
from tests.support.zones import NOON_MS

Placed = dict[str, Any]


async def windows(h: House, placed: Placed, role: str = "dispatcher", subject: str = "ann") -> Any:
    """When the order can come."""
    return await h.http.get(f"/v1/orders/{placed['id']}/windows", headers=h.headers(role, subject))


async def reschedule(h: House, placed: Placed, role: str = "dispatcher", key: str = "", **body: Any) -> Any:
    """Promise another time."""
    headers = h.headers(role, "ann") | ({"Idempotency-Key": key} if key else {})
    body = {"reason": "not at home", **body}
    return await h.http.post(f"/v1/orders/{placed['id']}:reschedule", json=body, headers=headers)


async def test_another_time_is_promised_and_told(h: House) -> None:
    """The customer's page has it at once; the desk sees who agreed on it, why, and what was promised before."""
    placed = await h.order()
    before = h.hub.replica.state.orders[placed["id"]].promise_at_ms
    offered = (await windows(h, placed, "support")).json()
    chosen = offered["windows"][2]
    answer = await reschedule(h, placed, "support", "k1", **chosen, seen_version=0)
    assert (answer.status_code, answer.json()["status"]) == (200, "dispatchable"), answer.text
    again = await reschedule(h, placed, "support", "k1", **chosen, seen_version=0)
    assert again.json() == answer.json()
    desk = (await h.http.get(f"/v1/orders/{placed['id']}", headers=h.headers())).json()
    told = {"kind": "window", "at_ms": NOON_MS, "was_at_ms": before, "by": "support:ann", "reason": "not at home"}
    assert desk["wishes"] == [told]
    mine = (await h.http.get(f"/v1/track/{placed['track_token']}")).json()["order"]
    assert (mine["earliest_at_ms"], mine["promise_at_ms"]) == (chosen["earliest_at_ms"], chosen["promise_at_ms"])
    assert "wishes" not in mine
    assert NOON_MS < h.hub.replica.state.orders[placed["id"]].commit_due_at_ms < chosen["earliest_at_ms"]


async def test_what_the_customer_changed_meanwhile_is_a_choice(h: House) -> None:
    """A 409 names the version of the order now; with it the change goes on."""
    placed = await h.order()
    note = {"note": "Ring", "seen_version": 0}
    written = await h.http.post(f"/v1/track/{placed['track_token']}/instructions", json=note)
    stale = await reschedule(h, placed, earliest_at_ms=0, seen_version=0)
    assert (stale.status_code, stale.json()["code"]) == (409, "stale_order")
    version = stale.json()["current_version"]
    assert version == written.json()["wish_version"]
    assert (await reschedule(h, placed, earliest_at_ms=0, seen_version=version)).status_code == 200


async def test_what_is_locked_to_a_courier_can_be_rescheduled_by_staff_alone(h: House) -> None:
    """The customer is sent to them."""
    placed = await h.order()
    await h.plan("c1", placed["id"])
    await h.do(Overrule(OverrideAction.LOCK, (placed["id"],), "vip", lock=Lock.COURIER))
    await eventually(lambda: h.hub.replica.state.orders[placed["id"]].lock is Lock.COURIER)
    theirs = await h.http.get(f"/v1/track/{placed['track_token']}/windows")
    assert theirs.json()["code"] == "planned_by_hand"
    chosen = (await windows(h, placed)).json()["windows"][3]
    assert (await reschedule(h, placed, **chosen)).status_code == 200


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        ({"earliest_at_ms": NOON_MS + 7, "promise_at_ms": NOON_MS + 8}, 409, "window_gone"),
        ({"earliest_at_ms": 0, "reason": ""}, 422, "bad_field"),
        ({"earliest_at_ms": -1}, 422, "bad_field"),
        ({}, 422, "bad_field"),
    ],
)
async def test_a_time_that_is_none_is_refused(h: House, body: dict[str, Any], status: int, code: str) -> None:
    """So is one without a reason; nothing is changed."""
    placed = await h.order()
    answer = await reschedule(h, placed, **body)
    assert (answer.status_code, answer.json()["code"]) == (status, code)
    assert h.hub.replica.state.orders[placed["id"]].wishes == ()


async def test_who_may_reschedule(h: House) -> None:
    """A shop its own orders; the depot and finance none; an order that nobody knows is unknown to all."""
    placed = await h.order()
    for role, status in (("depot", 403), ("finance", 403), ("integrator", 404)):
        assert (await windows(h, placed, role)).status_code == status
        assert (await reschedule(h, placed, role, earliest_at_ms=0)).status_code == status
    nowhere = {"id": "o-nobody"}
    assert (await reschedule(h, nowhere, earliest_at_ms=0)).json()["code"] == "unknown_order"
    mine = await h.http.post(
        "/v1/orders",
        json={"dropoff": {"lat": 60.17, "lon": 24.94, "address": "Street 1"}},
        headers=h.headers("integrator", "ann"),
    )
    assert (await windows(h, mine.json(), "integrator")).status_code == 200
