"""Couriers, depots, zones, overrides, events and figures over HTTP."""

from dataclasses import replace
from typing import Any

import pytest

from dispatch.application import live_places
from dispatch.domain.commands import RegisterCourier, StopAction
from dispatch.domain.courier import Account, Duty
from dispatch.domain.geo import Point
from tests.support.web import House, eventually
from tests.support.zones import NOON_MS

ADMIN = "admin"


async def test_a_courier_is_known_as_soon_as_the_answer_is_there(h: House) -> None:
    """Registered, changed with the vehicle's usual capacity or an own one, and listed; the duty stays."""
    own = {"name": "Ada", "profile": "van", "capacity": {"weight_g": 5, "volume_ml": 6, "items": 7}}
    answer = await h.http.put("/v1/couriers/c2", json=own, headers=h.headers())
    assert answer.json() | {"link": ""} == {
        "id": "c2", "name": "Ada", "profile": "van", "duty": "off_duty", "account": "active", "link": "",
        "zone": "default", "weight_g": 5, "volume_ml": 6, "items": 7,
    }  # fmt: skip
    assert "c2" in h.hub.replica.state.couriers
    usual = await h.http.put("/v1/couriers/c2", json={"name": "Ada", "profile": "foot"}, headers=h.headers())
    assert (usual.json()["profile"], usual.json()["items"]) == ("foot", 3)
    listed = await h.http.get("/v1/couriers", headers=h.headers("integrator"))
    assert [courier["id"] for courier in listed.json()["couriers"]] == ["c1", "c2"]


async def test_a_courier_reads_themselves_only(h: House) -> None:
    """With their place once they sent one; anybody else is unknown to them."""
    from courier_protocol.messages import Fix

    h.hub.report("c1", 1, 1, [Fix(at_ms=NOON_MS, lat=60.166, lon=24.936)])
    mine = await h.http.get("/v1/couriers/c1", headers=h.headers("courier", "c1"))
    assert mine.json()["position"] == {"lat": 60.166, "lon": 24.936, "at_ms": NOON_MS, "received_at_ms": NOON_MS}
    assert mine.json()["link"] == "live"
    assert (await h.http.get("/v1/couriers/c1", headers=h.headers("courier", "c2"))).status_code == 404
    assert (await h.http.get("/v1/couriers/c9", headers=h.headers())).status_code == 404
    assert (await h.http.get("/v1/couriers", headers=h.headers("courier", "c1"))).status_code == 403


@pytest.mark.parametrize("courier_id", ["a" * 41, "-a", "a%0A", "a%20b", "%2e%2e"])
async def test_ids_are_plain(h: House, courier_id: str) -> None:
    """An id becomes part of others and of paths; 422 says what it may hold."""
    body = {"name": "Ada", "profile": "bike"}
    answer = await h.http.put(f"/v1/couriers/{courier_id}", json=body, headers=h.headers())
    assert answer.status_code in {404, 422} and len(h.hub.replica.state.couriers) == 1


async def test_depots(h: House) -> None:
    """Registered and listed; one outside the city is refused; a zone that does not answer is 202."""
    await h.depot("d2", Point(60.2, 24.9))
    listed = (await h.http.get("/v1/depots", headers=h.headers())).json()["depots"]
    assert [(depot["id"], depot["zone"]) for depot in listed] == [("d1", "default"), ("d2", "default")]
    away = {"name": "Away", "lat": 48.1, "lon": 11.6}
    refused = await h.http.put("/v1/depots/d3", json=away, headers=h.headers())
    assert refused.json()["code"] == "coordinates_outside_city"
    h.bus.deaf = True
    slow = await h.http.put("/v1/depots/d3", json={"name": "Slow", "lat": 60.2, "lon": 24.9}, headers=h.headers())
    assert slow.status_code == 202 and slow.json()["status"] == "pending"


async def test_zones(h: House) -> None:
    """A token for one zone sees that zone; where its stream stands is told."""
    zones = (await h.http.get("/v1/zones", headers=h.headers())).json()["zones"]
    assert zones == [{"id": "default", "plan_version": 0, "epoch": 1, "head": 2}]
    elsewhere = {"Authorization": f"Bearer {h.token('admin', zones=('mars',))}"}
    assert (await h.http.get("/v1/zones", headers=elsewhere)).json()["zones"] == []
    assert (await h.http.get("/v1/stats", headers=elsewhere)).status_code == 403


# --- overrides -------------------------------------------------------------------------------------------------


async def on_duty(h: House) -> None:
    from dispatch.domain.commands import SetDuty

    await h.do(SetDuty("c1", Duty.AVAILABLE))
    h.hub.report("c1", 1, 1, [fix()])
    await eventually(lambda: h.services.positions._zones["default"].newest)  # type: ignore[attr-defined]


def fix() -> Any:
    from courier_protocol.messages import Fix

    return Fix(at_ms=NOON_MS, lat=60.166, lon=24.936)


async def override(h: House, **body: Any) -> Any:
    return await h.http.post("/v1/overrides", json={"reason": "because", **body}, headers=h.headers("dispatcher"))


async def test_a_dispatcher_assigns_and_takes_back(h: House) -> None:
    """200 with the new plan version; the order is locked to the courier until it is unlocked or taken back."""
    await on_duty(h)
    placed = await h.order()
    version = h.hub.replica.state.plan_version
    answer = await override(h, action="assign", order_id=placed["id"], courier_id="c1", expected_version=version)
    assert answer.status_code == 200 and answer.json()["plan_version"] > version
    await eventually(lambda: h.hub.replica.state.orders[placed["id"]].courier_id == "c1")
    for action in ("unlock", "lock", "unassign"):
        answer = await override(h, action=action, order_id=placed["id"])
        assert answer.status_code == 200, answer.text
        await eventually(lambda: h.hub.replica.head == h.store_head)
    assert h.hub.replica.state.orders[placed["id"]].courier_id == ""
    assert {request.actor for request in h.bus.asked[-4:]} == {"dispatcher:someone"}


async def test_an_old_version_is_a_conflict_with_the_current_one(h: House) -> None:
    """409 names the version to look at; nothing changed."""
    await on_duty(h)
    placed = await h.order()
    answer = await override(h, action="assign", order_id=placed["id"], courier_id="c1", expected_version=0)
    assert (answer.status_code, answer.json()["code"]) == (409, "stale_plan")
    assert answer.json()["current_version"] == h.hub.replica.state.plan_version


async def test_changes_elsewhere_do_not_make_an_override_stale(h: House) -> None:
    """Another order comes in and raises the plan version; the version that was seen still serves for this order."""
    await on_duty(h)
    placed = await h.order()
    seen = h.hub.replica.state.plan_version
    await h.order()
    assert h.hub.replica.state.plan_version > seen
    answer = await override(h, action="assign", order_id=placed["id"], courier_id="c1", expected_version=seen)
    assert answer.status_code == 200, answer.text
    again = await override(h, action="unassign", order_id=placed["id"], expected_version=seen)
    assert (again.status_code, again.json()["code"]) == (409, "stale_plan")


async def test_an_infeasible_assignment_needs_force(h: House) -> None:
    """409 lists what speaks against it; with force it is done, and the list comes along."""
    await on_duty(h)
    heavy = await h.order(load={"weight_g": 900_000})
    wish = {"action": "assign", "order_id": heavy["id"], "courier_id": "c1"}
    answer = await override(h, **wish)
    assert (answer.status_code, answer.json()["code"]) == (409, "infeasible")
    assert answer.json()["errors"][0]["detail"]
    forced = await override(h, **wish, force=True)
    assert forced.status_code == 200 and forced.json()["violations"]


async def test_refused_overrides(h: House) -> None:
    """Unknown orders, a missing courier, an order that nobody has: each has its status and sentence."""
    placed = await h.order()
    assert (await override(h, action="assign", order_id=placed["id"])).json()["code"] == "courier_missing"
    assert (await override(h, action="assign", order_id="none", courier_id="c1")).status_code == 404
    assert (await override(h, action="lock", order_id=placed["id"])).status_code == 409
    assert (await override(h, action="fly", order_id=placed["id"])).status_code == 422
    h.bus.deaf = True
    assert (await override(h, action="unassign", order_id=placed["id"])).status_code == 202


async def test_an_override_without_a_version_means_as_it_stands_now(h: House) -> None:
    """When the plan moves on between look and decision, it is looked at again, a bounded number of times."""
    from dispatch.application.ports import Reply, Request

    await on_duty(h)
    placed = await h.order()
    stale = Reply(False, "stale_plan", "The plan moved on.", "conflict", {"plan_version": 9})
    answers, real = [stale, stale], h.bus.ask

    async def ask(zone_id: str, request: Request, timeout_s: float = 2.0) -> Reply | None:
        return answers.pop() if answers else await real(zone_id, request, timeout_s)

    h.bus.ask = ask  # type: ignore[method-assign]
    wish = {"action": "assign", "order_id": placed["id"], "courier_id": "c1"}
    assert (await override(h, **wish)).status_code == 200
    answers = [stale] * 9
    assert (await override(h, action="unassign", order_id=placed["id"])).status_code == 409


# --- what staff read -------------------------------------------------------------------------------------------


async def test_events_are_gapless_and_whole(h: House) -> None:
    """Recorded events after a sequence, oldest first, page by page, each with its entities."""
    await h.order()
    url, seen = "/v1/events?limit=2", []
    while url:
        page = (await h.http.get(url, headers=h.headers())).json()
        seen += page["events"]
        url = page.get("next", "")
    assert [event["seq"] for event in seen] == list(range(1, h.store_head + 1))
    assert seen[-1]["type"] == "OrderCreated" and seen[-1]["body"]["order"]["status"] == "dispatchable"
    assert (await h.http.get("/v1/events?after=-1", headers=h.headers())).status_code == 422


async def test_figures_of_a_quiet_zone(h: House) -> None:
    """What has not happened yet is 0, not missing."""
    stats = (await h.http.get("/v1/stats", headers=h.headers())).json()
    assert stats["orders_created"] == stats["orders_offered"] == stats["plans_adopted"] == 0


async def test_figures(h: House) -> None:
    """What was created, offered and delivered since the start; sessions; and no violated invariant."""
    from dispatch.domain.commands import SetDuty

    await h.do(SetDuty("c1", Duty.AVAILABLE))
    first, second = await h.order(), await h.order()
    await h.plan("c1", first["id"], second["id"])
    for _ in range(2):
        await h.progress("c1", StopAction.COMPLETED)
    stats = (await h.http.get("/v1/stats", headers=h.headers())).json()
    names = ("orders_created", "orders_offered", "orders_delivered", "plans_adopted")
    assert [stats[name] for name in names] == [2, 2, 1, 1]
    assert stats["sessions"] == {"couriers": 0, "staff": 0, "shoppers": 0}
    assert stats["invariant_violations"] == [] and stats["counters"]["events_order_created"] == 2
    assert live_places.TICK_S <= 0.05


async def test_a_couriers_phone_number_and_account_stay(h: House) -> None:
    """A number in any form is kept in one; leaving it out keeps it, an empty one removes it; a suspended courier is not
    let in again by a change of their vehicle.
    """
    body = {"name": "Ada", "profile": "bike"}
    for given, kept in (({"phone": "138 0013 8000"}, "+8613800138000"), ({}, "+8613800138000"), ({"phone": ""}, "")):
        assert (await h.http.put("/v1/couriers/c1", json=body | given, headers=h.headers())).status_code == 200
        assert h.hub.replica.state.couriers["c1"].phone == kept
    bad = await h.http.put("/v1/couriers/c1", json=body | {"phone": "12"}, headers=h.headers())
    assert (bad.status_code, bad.json()["code"]) == (422, "bad_phone")
    suspended = replace(h.hub.replica.state.couriers["c1"], account=Account.SUSPENDED)
    await h.do(RegisterCourier(suspended))
    answer = await h.http.put("/v1/couriers/c1", json=body | {"profile": "van"}, headers=h.headers())
    assert answer.json()["account"] == "suspended"


async def test_an_order_can_be_overridden_as_soon_as_it_is_placed(h: House) -> None:
    """The caller of both need not wait in between, although this process hears of the order a moment later."""
    for n in range(10):
        body = {"dropoff": {"lat": 60.17, "lon": 24.94, "address": "Street 1"}}
        placed = await h.http.post("/v1/orders", json=body, headers=h.headers())
        wish = {"action": "lock", "order_id": placed.json()["id"], "reason": "test", "expected_version": 10**6 + n}
        answer = await h.http.post("/v1/overrides", json=wish, headers=h.headers())
        assert answer.json()["code"] == "stale_plan"
