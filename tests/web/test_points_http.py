"""Pickup points over HTTP: orders go there, the leader ticks and hands them over, customers collect with a code."""

from typing import Any

import pytest

from dispatch.application.channel_ports import Rate
from dispatch.application.link_limits import LinkLimits
from dispatch.application.ports import StoreUnavailable
from dispatch.domain import commands as c
from dispatch.domain.collection import CollectionState
from tests.support.web import House, eventually, order_body
from tests.support.zones import NOON_MS

HOUR_MS = 3_600_000
GATE = {
    "name": "East gate",
    "lat": 60.171,
    "lon": 24.941,
    "address": "Lane 8",
    "leader": "li",
    "phone": "138 0013 8000",
}


async def gate(h: House, **more: Any) -> dict[str, Any]:
    answer = await h.http.put("/v1/points/gate", json=GATE | more, headers=h.headers())
    assert answer.status_code == 200, answer.text
    return dict(answer.json())


async def order(h: House, key: str, **more: Any) -> Any:
    body = order_body(point_id="gate", lines=[{"name": "rice", "quantity": 2}], **more)
    headers = h.headers("integrator", "shop") | {"Idempotency-Key": key}
    return await h.http.post("/v1/orders", json=body, headers=headers)


async def brought(h: House, *keys: str) -> tuple[str, list[dict[str, Any]]]:
    """(the leader's link, the orders as they were placed): all of them lie at the point."""
    await h.depot()
    await h.courier()
    link = (await gate(h))["leader_url"].rpartition("/")[2]
    placed = [dict((await order(h, key)).json()) for key in keys]
    await h.plan("c1", *(each["id"] for each in placed))
    for _ in range(1 + len(placed)):
        for action in (c.StopAction.ARRIVED, c.StopAction.COMPLETED):
            await h.progress("c1", action)
    return link, placed


async def code_of(h: House, placed: dict[str, Any]) -> str:
    """As the customer reads it on their page."""
    shown = (await h.http.get(f"/v1/track/{placed['track_token']}")).json()["order"]["collection"]
    return str(shown["code"])


async def at_point(h: House, link: str, step: str, **body: Any) -> Any:
    return await h.http.post(f"/v1/leader/{link}/{step}", json=body)


async def test_an_order_goes_to_its_point_and_is_collected(h: House) -> None:
    """The customer's page has the address of the point and the code; the leader sees who comes, and never the code."""
    link, (one, two) = await brought(h, "k1", "k2")
    page = (await h.http.get(f"/v1/leader/{link}")).json()
    assert (page["name"], page["expected_count"], page["lying_count"]) == ("East gate", 0, 2)
    assert "code" not in str(page) and page["lying"][0]["lines"] == [{"name": "rice", "quantity": 2}]
    mine = (await h.http.get(f"/v1/track/{one['track_token']}")).json()["order"]
    assert mine["address"] == "East gate, Lane 8"
    assert mine["collection"]["state"] == "at_point" and mine["collection"]["until_ms"] == NOON_MS + 48 * HOUR_MS
    ids = [one["id"], two["id"]]
    ticked = await at_point(h, link, "confirm", order_ids=ids)
    assert [each["confirmed_at_ms"] for each in ticked.json()["orders"]] == [NOON_MS, NOON_MS]
    collected = await at_point(h, link, "collect", code=await code_of(h, one))
    assert [(each["order_id"], each["state"]) for each in collected.json()["orders"]] == [(one["id"], "collected")]
    desk = (await h.http.get(f"/v1/orders/{one['id']}", headers=h.headers())).json()["collection"]
    assert desk == {"state": "collected", "point_id": "gate", "at_ms": NOON_MS, "until_ms": NOON_MS + 48 * HOUR_MS}
    left = (await h.http.get(f"/v1/leader/{link}")).json()
    assert [each["order_id"] for each in left["lying"]] == [two["id"]]


async def test_without_the_right_code_nothing_is_handed_over(h: House) -> None:
    """A leader asks for it; the staff, who may have spoken with the customer, need not."""
    link, (one,) = await brought(h, "k1")
    wrong = "000000" if await code_of(h, one) != "000000" else "111111"
    assert (await at_point(h, link, "collect", code=wrong)).json()["code"] == "wrong_code"
    assert (await at_point(h, link, "collect", code=wrong, order_id=one["id"])).json()["code"] == "wrong_code"
    assert (await at_point(h, link, "collect", order_id=one["id"])).json()["code"] == "code_needed"
    url, body = "/v1/points/gate:collect", {"order_id": one["id"]}
    mine = await h.http.post(url, json=body, headers=h.headers("group_leader", "li"))
    assert mine.json()["code"] == "code_needed"
    staff = await h.http.post(url, json=body, headers=h.headers("support", "ann"))
    assert staff.status_code == 200 and staff.json()["orders"][0]["state"] == "collected"


async def test_a_leader_sees_only_their_own_point(h: House) -> None:
    """By token as by link; whoever has neither learns nothing."""
    link, _ = await brought(h, "k1")
    mine = await h.http.get("/v1/points/gate", headers=h.headers("group_leader", "li"))
    assert mine.status_code == 200 and mine.json()["lying_count"] == 1
    other = await h.http.get("/v1/points/gate", headers=h.headers("group_leader", "wang"))
    assert (other.status_code, other.json()["code"]) == (403, "not_yours")
    assert (await h.http.get(f"/v1/leader/{link[:-2]}xx")).status_code == 404
    fresh = await h.http.post("/v1/points/gate:replace-link", headers=h.headers())
    assert fresh.status_code == 200 and fresh.json()["leader_url"].rpartition("/")[2] != link
    assert (await h.http.get(f"/v1/leader/{link}")).status_code == 404, "the link before opens nothing any more"
    again = await gate(h, name="West gate")
    assert again["leader_url"] == fresh.json()["leader_url"] and again["name"] == "West gate"


async def test_what_the_leader_refuses_or_nobody_collects_goes_back(h: House) -> None:
    """An order of its own fetches it, which the desk sees like any other."""
    link, (one, two) = await brought(h, "k1", "k2")
    refused = await at_point(h, link, "refuse", order_id=one["id"], why="damaged")
    assert refused.json()["orders"][0]["state"] == "uncollected"
    h.clock.pass_ms(49 * HOUR_MS)
    await eventually(lambda: f"{two['id']}-back1" in h.hub.replica.state.orders)
    back = (await h.http.get(f"/v1/orders/{two['id']}-back1", headers=h.headers())).json()
    assert (back["direction"], back["reason"], back["status"]) == ("return", "not collected", "dispatchable")
    state = h.hub.replica.state.orders[two["id"]].collection
    assert state and state.state is CollectionState.UNCOLLECTED


async def test_a_repeated_request_takes_effect_once(h: House) -> None:
    """With the same key the answer is the same, though the order has been collected by then."""
    link, (one,) = await brought(h, "k1")
    code, headers = await code_of(h, one), {"Idempotency-Key": "once"}
    body = {"code": code, "order_id": one["id"]}
    first = await h.http.post(f"/v1/leader/{link}/collect", json=body, headers=headers)
    second = await h.http.post(f"/v1/leader/{link}/collect", json=body, headers=headers)
    assert first.status_code == second.status_code == 200 and first.json() == second.json()


@pytest.mark.parametrize(
    ("more", "pointer"), [({"point_id": "nowhere"}, "/point_id"), ({"point_id": "no good id!"}, "/point_id")]
)
async def test_an_unknown_point_takes_no_orders(h: House, more: dict[str, Any], pointer: str) -> None:
    """Told with the field that is wrong; nor does one that was removed."""
    await h.depot()
    await gate(h)
    answer = await h.http.post("/v1/orders", json=order_body(**more), headers=h.headers("integrator", "shop"))
    assert answer.status_code == 422 and answer.json()["errors"][0]["pointer"] == pointer, answer.text
    await gate(h, removed=True)
    gone = await h.http.post("/v1/orders", json=order_body(point_id="gate"), headers=h.headers("integrator", "shop"))
    assert (gone.status_code, gone.json()["code"]) == (422, "unknown_point")


async def test_a_long_list_is_refused(h: House) -> None:
    """So many orders are confirmed at once, and no more."""
    await h.depot()
    await gate(h)
    ids = [f"o-{n}" for n in range(501)]
    answer = await h.http.post("/v1/points/gate:confirm", json={"order_ids": ids}, headers=h.headers())
    assert (answer.status_code, answer.json()["errors"][0]["pointer"]) == (422, "/order_ids"), answer.text


async def test_what_was_handed_out_today_stays_on_the_page(h: House) -> None:
    """The last one first, whatever the zone has forgotten meanwhile; tomorrow is another list."""
    link, placed = await brought(h, "k1", "k2", "k3")
    for each in placed[:2]:
        h.clock.pass_ms(60_000)
        assert (await at_point(h, link, "collect", code=await code_of(h, each))).status_code == 200
    page = (await h.http.get(f"/v1/leader/{link}")).json()
    assert [each["order_id"] for each in page["collected"]] == [placed[1]["id"], placed[0]["id"]]
    assert (page["collected_count"], page["lying_count"]) == (2, 1)
    assert page["collected"][0]["at_ms"] == NOON_MS + 120_000 and page["collected"][0]["state"] == "collected"
    h.clock.pass_ms(24 * HOUR_MS)
    tomorrow = (await h.http.get(f"/v1/leader/{link}")).json()
    assert (tomorrow["collected"], tomorrow["collected_count"]) == ([], 0)


async def test_a_busy_morning_is_not_held_up_and_guessing_is(h: House, monkeypatch: pytest.MonkeyPatch) -> None:
    """Looks and changes have limits of their own; after some wrong codes not even a right one is taken for a while."""
    link, (one,) = await brought(h, "k1")
    monkeypatch.setattr("dispatch.application.link_limits.CHANGES", (Rate(1, 60),))
    monkeypatch.setattr("dispatch.application.link_limits.LOOKS", (Rate(1, 60),))
    monkeypatch.setattr("dispatch.application.link_limits.WRONG_CODES", (Rate(2, 60),))
    code = await code_of(h, one)
    wrong = f"{(int(code) + 1) % 1_000_000:06d}"
    assert [(await h.http.get(f"/v1/leader/{link}")).status_code for _ in range(3)] == [200] * 3
    tried = [await at_point(h, link, "collect", code=each) for each in (wrong, wrong, wrong, code)]
    assert [answer.status_code for answer in tried] == [409, 409, 409, 429]
    assert tried[-1].json()["code"] == "too_many_requests" and int(tried[-1].headers["Retry-After"]) > 0
    confirmed = await at_point(h, link, "confirm", order_ids=[one["id"]])
    assert confirmed.status_code == 200, "everything else goes on"
    monkeypatch.setattr("dispatch.application.link_limits.LEADER_CHANGES", (Rate(1, 60),))
    monkeypatch.setattr("dispatch.application.link_limits.LEADER_LOOKS", (Rate(1, 60),))
    changes = [(await at_point(h, link, "confirm", order_ids=[one["id"]])).status_code for _ in range(2)]
    looks = [(await h.http.get(f"/v1/leader/{link}")).status_code for _ in range(2)]
    assert changes == looks == [200, 429]


async def test_a_store_of_tickets_that_is_away_holds_no_leader_up() -> None:
    """What is counted there may be lost."""

    class Away:
        async def take(self, subject: str, rates: Any) -> float:
            raise StoreUnavailable("away")

        async def attempt(self, name: str) -> None:
            raise StoreUnavailable("away")

    limits = LinkLimits(Away())  # type: ignore[arg-type]
    assert await limits.look_as_leader("hash") == await limits.change_as_leader("hash") == 0.0
    await limits.wrong_code("hash")
    assert await limits.codes_rest_s("hash") == 0.0
