"""What each role is shown of an order and of a courier: these fields and no others, over HTTP and on the page."""

from typing import Any

import pytest

from dispatch.application.access import TABLE, Action, Role
from dispatch.application.visible import AT_THE_DOOR, FIELDS
from tests.support.web import HOME, House, eventually

PHONE, COURIER_PHONE, STREET, NOTE = "+8613800138000", "+8613900139000", "Secret Street 9", "the dog bites"
COURIER_FIELDS = {
    *("id", "name", "profile", "duty", "account", "link", "zone", "weight_g", "volume_ml", "items", "speed_factor"),
    *("position", "clock_offset_ms", "skills", "shift_end_at_ms", "breaks", "max_orders", "home_areas", "fleet"),
}
TRACK_FIELDS = {"t", "epoch", "seq", "order", "depot", "stops_before", "messages", "pin", "path", "fix"}
SHOPPER_ORDER_FIELDS = {
    *("id", "status", "lat", "lon", "address", "depot_id", "created_at_ms", "promise_at_ms", "eta_at_ms", "ref"),
    *("eta_late_at_ms", "ready_at_ms", "timeline", "requires", "proofs", "preparation", "note", "leave_at_door", "may"),
    *("wishes", "wish_version", "waits_until_ms", "rating", "eta_cause", "eta_before_at_ms", "eta_changed_at_ms"),
}


async def placed(h: House) -> dict[str, Any]:
    """An order with everything personal in it, of `someone`; its courier has a phone."""
    body = {"name": "Ada Byron", "profile": "ebike", "phone": COURIER_PHONE}
    assert (await h.http.put("/v1/couriers/c1", json=body, headers=h.headers())).status_code == 200
    door = {"lat": HOME.lat, "lon": HOME.lon, "address": STREET, "name": "Grace", "phone": PHONE, "note": NOTE}
    answer = await h.http.post("/v1/orders", json={"dropoff": door}, headers=h.headers())
    await eventually(lambda: h.hub.replica.head == h.store_head)
    made: dict[str, Any] = answer.json()
    await h.plan("c1", made["id"])
    return made


@pytest.mark.parametrize("role", TABLE[Action.READ_ORDER])
async def test_an_order_has_the_listed_fields(h: House, role: Role) -> None:
    """One by one and in the list; no role is told the customer's name or number, nor the courier's number."""
    made = await placed(h)
    mine = h.headers(role)
    one = await h.http.get(f"/v1/orders/{made['id']}", headers=mine)
    page = await h.http.get("/v1/orders", headers=mine)
    for shown in (one.json(), page.json()["orders"][0]):
        personal = {name for name in AT_THE_DOOR if shown.get(name)}
        assert set(shown) - {"address", "lat", "lon"} <= FIELDS[role] and personal <= FIELDS[role]
    for text in (one.text, page.text):
        assert not any(secret in text for secret in (PHONE, COURIER_PHONE, "Grace"))
        assert (STREET in text, NOTE in text) == ("address" in FIELDS[role], "note" in FIELDS[role])


@pytest.mark.parametrize("role", TABLE[Action.READ_COURIER])
async def test_a_courier_has_the_listed_fields(h: House, role: Role) -> None:
    """Nobody is shown the number with which a courier signs in, not even they themselves."""
    await placed(h)
    answer = await h.http.get("/v1/couriers/c1", headers=h.headers(role, "c1"))
    assert answer.status_code == 200 and set(answer.json()) <= COURIER_FIELDS
    assert COURIER_PHONE not in answer.text


async def test_a_shopper_sees_their_order_and_no_more(h: House) -> None:
    """No courier's number, not who brings it before they have it, and nothing of another order on the same way."""
    made = await placed(h)
    other = await h.order(ref="the other order")
    await h.plan("c1", made["id"], other["id"])
    page = await h.http.get(f"/v1/track/{made['track_token']}")
    assert set(page.json()) <= TRACK_FIELDS and set(page.json()["order"]) <= SHOPPER_ORDER_FIELDS
    assert not any(secret in page.text for secret in (COURIER_PHONE, PHONE, "Ada", other["id"], "the other order"))
