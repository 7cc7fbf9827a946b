"""Couriers, depots, zones, events and figures over HTTP."""

from dataclasses import replace
from typing import Any

import pytest

from dispatch.domain.commands import RegisterCourier, StopAction
from dispatch.domain.courier import Account, Duty
from dispatch.domain.geo import Point
from tests.support.web import House
from tests.support.zones import NOON_MS

ADMIN = "admin"


async def test_a_courier_is_known_as_soon_as_the_answer_is_there(h: House) -> None:
    """Registered, changed with the vehicle's usual capacity or an own one, and listed; the duty stays."""
    own = {"name": "Ada", "profile": "van", "capacity": {"weight_g": 5, "volume_ml": 6, "items": 7}}
    answer = await h.http.put("/v1/couriers/c2", json=own, headers=h.headers())
    assert answer.json() | {"link": ""} == {
        "id": "c2", "name": "Ada", "profile": "van", "duty": "off_duty", "account": "active", "link": "",
        "zone": "default", "weight_g": 5, "volume_ml": 6, "items": 7, "speed_factor": 1.0,
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


async def test_what_a_courier_can_do_is_kept(h: House) -> None:
    """Skills, shift end, breaks and the like are shown; what a later request leaves out stays as it is."""
    await put_area(h, "centre")
    traits = {
        "skills": ["age_check", "wine"],
        "shift_end_at_ms": NOON_MS,
        "breaks": [{"from_ms": 1, "until_ms": 2}],
        "speed_factor": 1.2,
        "max_orders": 3,
        "home_areas": ["centre"],
        "fleet": "freelance",
    }
    body = {"name": "Ada", "profile": "bike"}
    first = await h.http.put("/v1/couriers/c2", json={**body, **traits}, headers=h.headers())
    assert first.status_code == 200 and traits.items() <= first.json().items()
    later = await h.http.put("/v1/couriers/c2", json={**body, "skills": []}, headers=h.headers())
    assert "skills" not in later.json() and later.json()["fleet"] == "freelance"
    read = await h.http.get("/v1/couriers/c2", headers=h.headers())
    assert read.json()["breaks"] == traits["breaks"] and read.json()["home_areas"] == ["centre"]


@pytest.mark.parametrize(
    "wrong",
    [
        {"skills": ["Wine"]},
        {"speed_factor": 0},
        {"max_orders": -1},
        {"breaks": [{"from_ms": 2, "until_ms": 2}]},
        {"home_areas": ["nowhere"]},
        {"fleet": "rented"},
    ],
)
async def test_traits_that_make_no_sense(h: House, wrong: dict[str, Any]) -> None:
    """422 with a sentence, and the courier is not made."""
    answer = await h.http.put("/v1/couriers/c2", json={"name": "A", "profile": "bike", **wrong}, headers=h.headers())
    assert answer.status_code == 422 and answer.json()["detail"]
    assert "c2" not in h.hub.replica.state.couriers


SQUARE = [{"lat": 60.1, "lon": 24.9}, {"lat": 60.1, "lon": 25.0}, {"lat": 60.2, "lon": 25.0}]


async def put_area(h: House, area_id: str, ring: list[dict[str, float]] = SQUARE) -> Any:
    return await h.http.put(f"/v1/areas/{area_id}", json={"name": area_id, "ring": ring}, headers=h.headers())


async def test_areas(h: House) -> None:
    """Registered, changed and listed; a ring that crosses itself is refused, and so is a caller without the right."""
    made = await put_area(h, "centre", [*SQUARE, SQUARE[0]])
    assert made.json() == {"id": "centre", "name": "centre", "ring": SQUARE, "zone": "default"}
    listed = await h.http.get("/v1/areas", headers=h.headers("integrator"))
    assert listed.json() == {"areas": [made.json()]}
    bow = [*SQUARE, {"lat": 60.15, "lon": 24.0}, {"lat": 60.15, "lon": 26.0}]
    assert (await put_area(h, "bow", bow)).json()["code"] == "bad_ring"
    assert (await put_area(h, "-a")).json()["code"] == "bad_id"
    assert (await h.http.get("/v1/areas", headers=h.headers("courier", "c1"))).status_code == 403
    h.bus.deaf = True
    assert (await put_area(h, "slow")).status_code == 202


async def test_an_area_is_removed_once_nobody_calls_it_theirs(h: House) -> None:
    """Not while it is a courier's home; then it is gone from the list, for new couriers too, and may come back."""
    await put_area(h, "centre")
    body = {"name": "Ada", "profile": "ebike", "home_areas": ["centre"]}
    await h.http.put("/v1/couriers/c1", json=body, headers=h.headers())
    refused = await h.http.delete("/v1/areas/centre", headers=h.headers())
    assert (refused.status_code, refused.json()["code"]) == (409, "area_in_use") and "c1" in refused.json()["detail"]
    await h.http.put("/v1/couriers/c1", json={**body, "home_areas": []}, headers=h.headers())
    for _ in range(2):
        gone = await h.http.delete("/v1/areas/centre", headers=h.headers())
        assert gone.json() == {"id": "centre", "zone": "default"}
    assert (await h.http.get("/v1/areas", headers=h.headers())).json() == {"areas": []}
    again = await h.http.put("/v1/couriers/c1", json=body, headers=h.headers())
    assert again.json()["code"] == "unknown_area"
    assert (await h.http.delete("/v1/areas/nowhere", headers=h.headers())).status_code == 404
    assert (await h.http.delete("/v1/areas/centre", headers=h.headers("support"))).status_code == 403
    await put_area(h, "centre")
    assert (await h.http.put("/v1/couriers/c1", json=body, headers=h.headers())).status_code == 200
    h.bus.deaf = True
    assert (await h.http.delete("/v1/areas/centre", headers=h.headers())).status_code == 202


async def test_zones(h: House) -> None:
    """A token for one zone sees that zone; where its stream stands is told."""
    zones = (await h.http.get("/v1/zones", headers=h.headers())).json()["zones"]
    assert zones == [{"id": "default", "plan_version": 0, "epoch": 1, "head": 2}]
    elsewhere = {"Authorization": f"Bearer {h.token('admin', zones=('mars',))}"}
    assert (await h.http.get("/v1/zones", headers=elsewhere)).json()["zones"] == []
    assert (await h.http.get("/v1/stats", headers=elsewhere)).status_code == 403


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
