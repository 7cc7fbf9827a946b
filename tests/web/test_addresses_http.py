"""Addresses over HTTP: checked, suggested; orders that come with an address alone, and who sets a held one free."""

import logging
from typing import Any

import pytest

from dispatch.domain.order import OrderStatus
from tests.support.web import ADDRESSES, DEPOT, HOME, House, eventually

Body = dict[str, Any]
TWELVE = next(address.place for address in ADDRESSES if address.house_number == "12")
FAR_PIN = {"lat": 60.18, "lon": 24.94}
PLACE = {"lat": TWELVE.lat, "lon": TWELVE.lon}


async def check(h: House, role: str = "integrator", **body: Any) -> Any:
    return await h.http.post("/v1/addresses:check", json=body, headers=h.headers(role, "shop"))


async def place(h: House, address: str, key: str = "", **more: Any) -> Any:
    """An order with an address alone, unless a place is given."""
    at = {name: more.pop(name) for name in ("lat", "lon") if name in more}
    headers = h.headers("integrator", "shop") | ({"Idempotency-Key": key} if key else {})
    answer = await h.http.post("/v1/orders", json={"dropoff": {"address": address, **at}, **more}, headers=headers)
    await eventually(lambda: h.hub.replica.head == h.store_head)
    return answer


def held(h: House, placed: Body) -> tuple[OrderStatus, str]:
    order = h.hub.replica.state.orders[placed["id"]]
    return order.status, order.reason


# --- check and suggestions ----------------------------------------------------------------------------------------


async def test_an_address_is_checked(h: House) -> None:
    """The book's own writing, its place, how sure it is, and what was guessed."""
    found = (await check(h, address="12 MAPLE ST., apt 5")).json()
    candidate = {"address": "12 Maple Street", **PLACE, "confidence": 1.0}
    assert found == {"verdict": "exact", "candidates": [candidate]}
    slip = (await check(h, address="12 Mapel Street")).json()
    assert (slip["verdict"], slip["candidates"][0]["guessed"]) == ("likely", ["street"])
    number = (await check(h, address="31 Maple Street")).json()
    assert (number["verdict"], number["candidates"][0]["address"]) == ("likely", "30 Maple Street")
    assert number["candidates"][0]["guessed"] == ["number"]
    assert (await check(h, address="12 Nowhere Road")).json() == {"verdict": "not_found"}


@pytest.mark.parametrize(
    ("address", "pin", "said", "distance_m"),
    [
        ("12 Maple Street", PLACE, "agrees", 0),
        ("12 Maple Street", FAR_PIN, "differs", 1114),
        ("12 Mapel Street", FAR_PIN, "unknown", 1114),
        ("12 Nowhere Road", FAR_PIN, "unknown", None),
    ],
)
async def test_a_place_is_compared_with_its_address(
    h: House, address: str, pin: Body, said: str, distance_m: int | None
) -> None:
    """How far apart they are, and whether that matters."""
    found = (await check(h, address=address, **pin)).json()
    assert (found["pin"], found.get("distance_m")) == (said, distance_m)


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ({"address": ""}, "bad_field"),
        ({"address": "x" * 501}, "bad_field"),
        ({"address": "12 Maple Street", "lat": 60.17}, "half_a_place"),
        ({"address": "12 Maple Street", "lon": 24.9}, "half_a_place"),
        ({"address": "12 Maple Street", "lat": 95, "lon": 24.9}, "bad_field"),
    ],
)
async def test_what_makes_no_sense_is_refused(h: House, body: Body, code: str) -> None:
    """422 with a sentence."""
    answer = await check(h, **body)
    assert (answer.status_code, answer.json()["code"]) == (422, code)


async def test_addresses_are_suggested_while_they_are_typed(h: House) -> None:
    """The same book as on the customer's page; of equal ones the nearest to a place."""
    headers = h.headers("support")
    found = (await h.http.get("/v1/addresses?q=maple+12", headers=headers)).json()["addresses"]
    assert found[0]["address"] == "12 Maple Street"
    near = (await h.http.get(f"/v1/addresses?q=maple&lat={PLACE['lat']}&lon={PLACE['lon']}", headers=headers)).json()
    assert near["addresses"][0]["address"] == "12 Maple Street"
    for wrong in ("q=" + "x" * 101, "q=maple&lat=1000&lon=1"):
        answer = await h.http.get(f"/v1/addresses?{wrong}", headers=headers)
        assert (answer.status_code, answer.json()["code"]) == (422, "bad_parameter")


@pytest.mark.parametrize("role", ["admin", "dispatcher", "support", "integrator", "group_leader", "distributor"])
async def test_whoever_places_orders_or_answers_for_them_may_check(h: House, role: str) -> None:
    """In the zones of their token."""
    assert (await check(h, role, address="12 Maple Street")).status_code == 200
    other = {"Authorization": f"Bearer {h.token(role, zones=('mars',))}"}
    body = {"address": "12 Maple Street"}
    refused = await h.http.post("/v1/addresses:check", json=body, headers=other)
    assert (refused.status_code, refused.json()["code"]) == (403, "zone_not_allowed")


async def test_an_address_is_not_logged(h: House, caplog: pytest.LogCaptureFixture) -> None:
    """Neither by the check nor by the order."""
    caplog.set_level(logging.DEBUG)
    await check(h, address="12 Maple Street", lat=60.17)
    await check(h, address="12 Maple Street")
    await place(h, "12 Maple Street")
    assert "Maple" not in caplog.text and "POST" in caplog.text


# --- orders -------------------------------------------------------------------------------------------------------


async def test_an_order_with_an_address_alone_goes_there(h: House) -> None:
    """Its place is the book's; the shop hears how it was understood. The same again is the same answer."""
    answer = await place(h, "12 mapel st, Testville", "k")
    placed = answer.json()
    assert (answer.status_code, placed["status"]) == (201, "dispatchable")
    assert h.hub.replica.state.orders[placed["id"]].dropoff.place == TWELVE
    assert placed["address_check"]["verdict"] == "likely"
    assert placed["address_check"]["candidates"][0]["guessed"] == ["street"]
    again = await place(h, "12 mapel st, Testville", "k")
    assert again.json() == placed and again.headers["idempotency-replayed"] == "true"


@pytest.mark.parametrize(
    ("address", "verdict", "where"), [("Maple Street", "ambiguous", None), ("12 Nowhere Road", "not_found", DEPOT)]
)
async def test_an_order_that_is_not_understood_is_held(h: House, address: str, verdict: str, where: Any) -> None:
    """At the likeliest place, or the depot's: it is not refused, and not dispatched."""
    answer = await place(h, address)
    placed = answer.json()
    assert (answer.status_code, placed["status"], placed["reason"]) == (201, "held", "address")
    assert placed["address_check"]["verdict"] == verdict
    at = h.hub.replica.state.orders[placed["id"]].dropoff.place
    assert at == (
        where or next(a.place for a in ADDRESSES if a.text == placed["address_check"]["candidates"][0]["address"])
    )


async def test_a_pin_far_from_its_address_is_told_and_followed(h: House) -> None:
    """The order is dispatched to the pin; the answer has the warning. A pin that agrees is no news, nor is a guess."""
    placed = (await place(h, "12 Maple Street", **FAR_PIN)).json()
    assert placed["status"] == "dispatchable"
    assert (placed["address_check"]["pin"], placed["address_check"]["distance_m"]) == ("differs", 1114)
    assert h.hub.replica.state.orders[placed["id"]].dropoff.place.lat == FAR_PIN["lat"]
    for address, pin in (("12 Maple Street", PLACE), ("12 Mapel Street", FAR_PIN), ("Flat 3, who knows", FAR_PIN)):
        assert "address_check" not in (await place(h, address, **pin)).json()


async def test_half_a_place_is_none(h: House) -> None:
    """422, alone and in a batch, where the others are taken in."""
    alone = await place(h, "12 Maple Street", lat=60.17)
    assert (alone.status_code, alone.json()["code"]) == (422, "half_a_place")
    orders = [{"dropoff": {"address": "12 Maple Street", "lon": 24.9}}, {"dropoff": {"address": "12 Maple Street"}}]
    batch = await h.http.post("/v1/orders:batch", json={"orders": orders}, headers=h.headers("integrator", "shop"))
    results = batch.json()["results"]
    assert [each["status"] for each in results] == [422, 201]
    assert results[1]["order"]["address_check"]["verdict"] == "exact"


async def test_the_customer_sets_a_held_order_free(h: House) -> None:
    """Another address on the tracking page is all that it takes."""
    placed = (await place(h, "12 Nowhere Road")).json()
    assert held(h, placed) == (OrderStatus.HELD, "address")
    body = {**PLACE, "address": "12 Maple Street"}
    answer = await h.http.post(f"/v1/track/{placed['track_token']}/address", json=body)
    assert (answer.status_code, answer.json()["status"]) == (201, "dispatchable"), answer.text
    order = h.hub.replica.state.orders[placed["id"]]
    assert (order.dropoff.place, order.dropoff.address) == (TWELVE, "12 Maple Street")
    assert (order.wishes[-1].was, order.wishes[-1].by) == ("12 Nowhere Road", "")


async def readdress(h: House, placed: Body, role: str = "dispatcher", key: str = "", **more: Any) -> Any:
    headers = h.headers(role, "shop") | ({"Idempotency-Key": key} if key else {})
    body = {**PLACE, "address": "12 Maple Street", "reason": "called the customer", **more}
    return await h.http.post(f"/v1/orders/{placed['id']}:readdress", json=body, headers=headers)


@pytest.mark.parametrize("role", ["dispatcher", "support", "integrator"])
async def test_staff_and_the_shop_set_it_free_too(h: House, role: str) -> None:
    """With who did it and why; the same request again is the same answer."""
    placed = (await place(h, "12 Nowhere Road")).json()
    answer = await readdress(h, placed, role, "k", seen_version=0)
    assert (answer.status_code, answer.json()["status"]) == (200, "dispatchable"), answer.text
    assert (await readdress(h, placed, role, "k", seen_version=0)).json() == answer.json()
    order = h.hub.replica.state.orders[placed["id"]]
    wish = order.wishes[-1]
    assert (order.dropoff.place, wish.by, wish.reason) == (TWELVE, f"{role}:shop", "called the customer")
    stale = await readdress(h, placed, role, seen_version=0)
    assert (stale.status_code, stale.json()["code"]) == (409, "stale_order")
    assert stale.json()["current_version"] == order.wish_version > 0


async def test_a_place_that_nobody_reaches_sets_nothing_free(h: House) -> None:
    """The order stays as it is."""
    placed = (await place(h, "12 Nowhere Road")).json()
    refused = await readdress(h, placed, lat=61.0, lon=24.9)
    assert (refused.status_code, refused.json()["code"]) == (422, "coordinates_outside_city")
    assert held(h, placed) == (OrderStatus.HELD, "address")


async def test_a_slow_zone_is_told(h: House) -> None:
    """202: it is safe and will be made."""
    placed = await h.order(place=HOME)
    h.bus.deaf = True
    assert (await readdress(h, placed)).status_code == 202
