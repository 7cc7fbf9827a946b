"""Pins to check over HTTP: who may, what is shown, and that deciding twice is no harm."""

from dataclasses import replace
from typing import Any

import pytest

from dispatch.domain import commands as c
from dispatch.domain.doors import door_of
from dispatch.domain.geo import Point
from tests.support.corrections import DOOR, PIN, PLACE, correction
from tests.support.web import DEPOT, HOME, House, eventually

URL = f"/v1/corrections/{DOOR}"


async def proposed(h: House) -> None:
    """A sure one, and a less sure one for another door."""
    await h.do(c.ProposeCorrection(correction()))
    await h.do(c.ProposeCorrection(replace(correction(pin=Point(60.19, 24.94)), confidence=0.4)))


async def listed(h: House, query: str = "") -> dict[str, Any]:
    answer = await h.http.get(f"/v1/corrections{query}", headers=h.headers("dispatcher"))
    assert answer.status_code == 200, answer.text
    body: dict[str, Any] = answer.json()
    return body


async def test_proposals_are_listed_with_what_speaks_for_them(h: House) -> None:
    """The surest first, by state, at most so many; the waiting orders that accepting would move are counted."""
    await proposed(h)
    await h.order()
    shown = await listed(h)
    first, second = shown["corrections"]
    assert (first["id"], second["confidence"], shown["total"]) == (DOOR, 0.4, 2)
    assert first["pin"] == {"lat": PIN.lat, "lon": PIN.lon} and first["place"] == {"lat": PLACE.lat, "lon": PLACE.lon}
    assert first["pattern"] == "moved" and first["visits"] == len(first["stays"]) == 4
    assert first["reason_en"].startswith("4 visits") and "米" in first["reason_zh"]
    assert first["waiting_orders"] == 1 and second["waiting_orders"] == 0
    assert (await listed(h, "?limit=1"))["total"] == 2 and len((await listed(h, "?limit=1"))["corrections"]) == 1
    assert (await listed(h, "?state=accepted")) == {"corrections": [], "total": 0}


async def test_an_accepted_one_moves_orders(h: House) -> None:
    """The waiting one and the next one; the caller sees who accepted; twice is once."""
    await proposed(h)
    waiting = await h.order()
    for _ in range(2):
        answer = await h.http.post(f"{URL}:accept", headers=h.headers("dispatcher", "ann"))
        assert answer.status_code == 200, answer.text
        assert (answer.json()["state"], answer.json()["decided_by"]) == ("accepted", "dispatcher:ann")
    later = await h.order("later")
    for placed in (waiting, later):
        shown = await h.http.get(f"/v1/orders/{placed['id']}", headers=h.headers())
        assert (shown.json()["lat"], shown.json()["lon"]) == (PLACE.lat, PLACE.lon)
    found = await h.store.find_order(later["id"])
    assert found and getattr(found[1], "dropoff").marked == HOME  # noqa: B009
    again = await h.http.post(f"{URL}:reject", headers=h.headers("admin"))
    assert again.json()["state"] == "rejected"
    shown = await h.http.get(f"/v1/orders/{waiting['id']}", headers=h.headers())
    assert shown.json()["lat"] == HOME.lat


async def test_the_depot_is_chosen_by_the_true_door(h: House) -> None:
    """The pin lies beside one depot, the door beside another."""
    far = Point(60.2, 25.05)
    await h.depot("d2", far)
    await h.do(c.ProposeCorrection(replace(correction(far, pin=DEPOT), id=door_of(DEPOT, "Street 1"))))
    assert (await h.order("before", place=DEPOT))["depot_id"] == "d1"
    answer = await h.http.post(f"/v1/corrections/{door_of(DEPOT, 'Street 1')}:accept", headers=h.headers())
    assert answer.status_code == 200
    await eventually(lambda: h.hub.replica.head == h.store_head)
    assert (await h.order("after", place=DEPOT))["depot_id"] == "d2"


@pytest.mark.parametrize("role", ["courier", "customer", "integrator", "depot", "support", "finance"])
async def test_only_dispatchers_decide_and_see(h: House, role: str) -> None:
    """Addresses and couriers' places are for the desk; a stranger is not even told what there is."""
    await proposed(h)
    for answer in (
        await h.http.get("/v1/corrections", headers=h.headers(role)),
        await h.http.post(f"{URL}:accept", headers=h.headers(role)),
        await h.http.post(f"{URL}:reject", headers=h.headers(role)),
    ):
        assert (answer.status_code, answer.json()["code"]) == (403, "role_not_allowed")
    assert (await h.http.get("/v1/corrections")).status_code == 401
    assert h.hub.replica.state.corrections[DOOR].state == "proposed"


async def test_what_cannot_be_is_a_problem(h: House) -> None:
    """An unknown one, an unknown zone, an unknown state, a limit out of bounds; and a zone that is slow."""
    dispatcher = h.headers("dispatcher")
    unknown = await h.http.post("/v1/corrections/nothing:accept", headers=dispatcher)
    assert (unknown.status_code, unknown.json()["code"]) == (404, "unknown_correction")
    assert unknown.headers["content-type"] == "application/problem+json"
    assert (await h.http.get("/v1/corrections?zone=other", headers=dispatcher)).status_code == 404
    assert (await h.http.get("/v1/corrections?state=odd", headers=dispatcher)).status_code == 422
    assert (await h.http.get("/v1/corrections?limit=501", headers=dispatcher)).status_code == 422
    await proposed(h)
    h.bus.deaf = True
    slow = await h.http.post(f"{URL}:accept", headers=dispatcher)
    assert slow.status_code == 202 and "/v1/requests/" in slow.json()["status_url"]
