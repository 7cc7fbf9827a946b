"""What an order says that cannot be: told field by field, with a pointer and a code; and what is understood however it
is written.
"""

from typing import Any

import httpx
import pytest

from tests.support.web import ISLAND, House, order_body
from tests.support.zones import MINUTE_MS, NOON_MS

PHONES = (
    *("13800138000", "138 0013 8000", "138-0013-8000", "+86 138 0013 8000", "0086-138-0013-8000", "8613800138000"),
    *("(+86) 138 0013 8000", "＋８６ １３８００１３８０００", "138.0013.8000", "\u202d138\u20110013\u20118000\u202c"),
)
LINE = {"name": "Charger", "sku": "charger"}
DOOR = order_body()["dropoff"]


async def post(h: House, body: Any, key: str = "") -> httpx.Response:
    headers = h.headers("integrator", "shop") | ({"Idempotency-Key": key} if key else {})
    return await h.http.post("/v1/orders", json=body, headers=headers)


async def with_chargers(h: House) -> None:
    put = await h.http.put("/v1/skus/charger", json={"name": "Charger"}, headers=h.headers())
    assert put.status_code == 200


@pytest.mark.parametrize(
    ("more", "code", "pointer", "field_code"),
    [
        ({"lines": [LINE, {"name": "Phone", "sku": "phone"}]}, "unknown_sku", "/lines/1/sku", "unknown_sku"),
        ({"lines": [{**LINE, "quantity": 0}]}, "bad_field", "/lines/0/quantity", "out_of_bounds"),
        ({"lines": [{**LINE, "quantity": -2}]}, "bad_field", "/lines/0/quantity", "out_of_bounds"),
        ({"lines": [LINE, {**LINE, "quantity": 1.5}]}, "bad_field", "/lines/1/quantity", "wrong_type"),
        ({"lines": [{**LINE, "quantity": "2"}]}, "bad_field", "/lines/0/quantity", "wrong_type"),
        ({"lines": [{"sku": "charger"}]}, "bad_field", "/lines/0", "missing_field"),
        ({"lines": [{**LINE, "amount": 2}]}, "bad_field", "/lines/0", "unknown_field"),
        ({"promise_at_ms": NOON_MS - 1}, "window_in_the_past", "/promise_at_ms", "window_in_the_past"),
        (
            {"earliest_at_ms": NOON_MS + 2 * MINUTE_MS, "promise_at_ms": NOON_MS + MINUTE_MS},
            *("window_reversed", "/earliest_at_ms", "window_reversed"),
        ),
        (
            {"ready_at_ms": NOON_MS + 2 * MINUTE_MS, "promise_at_ms": NOON_MS + MINUTE_MS},
            *("window_too_early", "/ready_at_ms", "window_too_early"),
        ),
        ({"earliest_at_ms": -1}, "bad_field", "/earliest_at_ms", "out_of_bounds"),
        ({"depot_id": "moon"}, "unknown_depot", "/depot_id", "unknown_depot"),
        ({"depot_options": ["d1", "moon"]}, "unknown_depot", "/depot_options/1", "unknown_depot"),
        ({"leave_at_door": True, "requires": ["signature"]}, "proof_in_person", "/leave_at_door", "proof_in_person"),
        ({"dropoff": {**DOOR, "lon": None}}, "half_a_place", "/dropoff", "half_a_place"),
        ({"dropoff": {**DOOR, "lat": 48.1}}, "coordinates_outside_city", "/dropoff", "coordinates_outside_city"),
        ({"payment": {"state": "cash"}}, "bad_payment", "/payment/due_minor", "bad_payment"),
        ({"payment": {"state": "paid", "due_minor": 5}}, "bad_payment", "/payment/due_minor", "bad_payment"),
        ({"payment": {"state": "later"}}, "bad_field", "/payment/state", "out_of_bounds"),
    ],
)
async def test_what_is_wrong_is_told_by_its_field(
    h: House, more: dict[str, Any], code: str, pointer: str, field_code: str
) -> None:
    """422 with a pointer into the body and a code of the field; nothing is taken in."""
    await with_chargers(h)
    answer = await post(h, order_body(**more))
    told = answer.json()
    assert (answer.status_code, told["code"]) == (422, code) and told["detail"].endswith(".")
    assert [(error["pointer"], error["code"]) for error in told["errors"]] == [(pointer, field_code)]
    assert not h.hub.replica.state.orders


async def test_every_unknown_good_is_named(h: House) -> None:
    """All of them at once, so that nobody mends one after the other."""
    told = (await post(h, order_body(lines=[{"name": n, "sku": n} for n in ("tea", "milk")]))).json()
    assert [error["pointer"] for error in told["errors"]] == ["/lines/0/sku", "/lines/1/sku"]


async def test_an_external_id_names_one_order(h: House) -> None:
    """The shop's id is the Idempotency-Key: the same order again is the same order, another one under it is refused."""
    first = await post(h, order_body(ref="A-1"), "A-1")
    again = await post(h, order_body(ref="A-1"), "A-1")
    other = await post(h, order_body(ref="A-1", priority=1), "A-1")
    assert again.json()["id"] == first.json()["id"] and again.headers["idempotency-replayed"] == "true"
    assert (other.status_code, other.json()["code"]) == (422, "idempotency_key_reused")
    assert len(h.hub.replica.state.orders) == 1


async def test_ten_spellings_of_a_number_are_one_customer(h: House) -> None:
    """However a number is typed or pasted, it is looked for under one mark, and the courier dials what was typed."""
    for phone in PHONES:
        answer = await post(h, order_body() | {"dropoff": {**DOOR, "phone": phone}})
        assert answer.status_code == 201, (phone, answer.text)
    orders = h.hub.replica.state.orders.values()
    marks = {order.phone_mark for order in orders}
    assert len(orders) == len(PHONES) == 10 and len(marks) == 1 and "" not in marks


async def test_a_window_is_kept_as_it_was_asked_for(h: House) -> None:
    """What begins later is promised later, if the shop does not say otherwise."""
    begins_ms = NOON_MS + 120 * MINUTE_MS
    placed = (await post(h, order_body(earliest_at_ms=begins_ms))).json()
    order = h.hub.replica.state.orders[placed["id"]]
    assert (order.earliest_at_ms, order.promise_at_ms) == (begins_ms, begins_ms + 45 * MINUTE_MS)


async def test_a_place_without_a_road_is_held_whatever_is_paid(h: House) -> None:
    """The address first, then the money: the order waits for both."""
    placed = (await post(h, order_body(ISLAND, payment={"state": "unpaid"}))).json()
    assert (placed["status"], placed["reason"]) == ("held", "address")
