"""Orders from a table, over HTTP: taken in once, broken ones told by row and column, the rest taken."""

from datetime import timedelta, timezone
from typing import Any

import msgspec
import pytest

from dispatch.domain.commands import CancelOrder
from dispatch.domain.order import Order
from dispatch.domain.payment import PaymentState
from dispatch.web import order_import
from tests.support.web import House, eventually, order_body
from tests.support.zones import MINUTE_MS, NOON_MS

HEAD = "id,address,phone,sku,item,quantity,from,until,payment,amount,photo\n"


async def imported(
    h: House, data: str | bytes, *, role: str = "dispatcher", subject: str = "someone", point: str = ""
) -> dict[str, Any]:
    """The report."""
    headers = h.headers(role, subject) | {"Content-Type": "text/csv"}
    content = data.encode() if isinstance(data, str) else data
    answer = await h.http.post(f"/v1/imports?kind=orders&point={point}", content=content, headers=headers)
    assert answer.status_code == 200, answer.text
    lines = [msgspec.json.decode(line) for line in answer.content.splitlines()]
    assert lines[-2]["done"] == lines[0]["rows"]
    await eventually(lambda: h.hub.replica.head == h.store_head)
    report: dict[str, Any] = lines[-1]["report"]
    return report


def counts(report: dict[str, Any]) -> tuple[int, int, int]:
    """(taken, refused, unchanged) rows."""
    return report["taken"], report["refused"], report.get("unchanged", 0)


def told(report: dict[str, Any]) -> list[tuple[int, str, str]]:
    """(row, column, code) of each problem."""
    return [(problem["row"], problem["column"], problem["code"]) for problem in report["problems"]]


def by_ref(h: House) -> dict[str, Order]:
    return {order.ref: order for order in h.hub.replica.state.orders.values()}


async def with_goods(h: House) -> None:
    for sku in ("milk", "rice"):
        answer = await h.http.put(f"/v1/skus/{sku}", json={"name": sku.title()}, headers=h.headers())
        assert answer.status_code == 200
    lines = [{"sku": sku, "quantity": 50, "lot": "A"} for sku in ("milk", "rice")]
    answer = await h.http.post("/v1/stock:receive", json={"depot_id": "d1", "lines": lines}, headers=h.headers())
    assert answer.status_code == 200


async def test_rows_with_one_number_are_one_order(h: House) -> None:
    """With its lines from stock, the door found by its address, its window, its proofs, and how it is paid."""
    await with_goods(h)
    rows = (
        "A-1,7 Maple Street,138 0013 8000,milk,,2,14:00,15:00,paid,,yes\n"
        "A-1,,,rice,,1,,,,,\n"
        "A-2,8 Maple Street,,,Flowers,,2026-12-31 18:00,19:00,unpaid,,\n"
        "A-3,9 Maple Street,,,,,,,cash,12.50,no\n"
    )
    report = await imported(h, HEAD + rows)
    assert counts(report) == (4, 0, 0) and report["problems"] == []
    first, second, third = (by_ref(h)[ref] for ref in ("A-1", "A-2", "A-3"))
    assert [(line.name, line.quantity, line.sku) for line in first.lines] == [("Milk", 2, "milk"), ("Rice", 1, "rice")]
    assert first.dropoff.phone == "+8613800138000" and first.phone_mark and first.proven_by == ("photo",)
    assert (first.earliest_at_ms, first.promise_at_ms) == (NOON_MS + 120 * MINUTE_MS, NOON_MS + 180 * MINUTE_MS)
    assert second.reason == "payment" and second.promise_at_ms - second.earliest_at_ms == 60 * MINUTE_MS
    assert third.payment and (third.payment.state, third.payment.due_minor) == (PaymentState.CASH, 1_250)


async def test_a_second_upload_changes_nothing(h: House) -> None:
    """Whoever of the staff sends it, and also when an order has moved on; the number with other contents is told."""
    rows = HEAD + "A-1,7 Maple Street,,,Tea,1,,,,,\nA-2,8 Maple Street,,,Tea,1,,,,,\n"
    assert counts(await imported(h, rows)) == (2, 0, 0)
    await h.do(CancelOrder(by_ref(h)["A-1"].id, "no"))
    assert counts(await imported(h, rows, role="admin", subject="boss")) == (0, 0, 2)
    report = await imported(h, rows.replace("8 Maple", "9 Maple") + "A-3,3 Maple Street,,,Tea,1,,,,,\n")
    assert counts(report) == (1, 1, 1) and told(report) == [(3, "id", "order_differs")]
    assert len(by_ref(h)) == 3 and by_ref(h)["A-2"].dropoff.address == "8 Maple Street"


async def test_a_large_table_is_told_part_by_part(h: House) -> None:
    """So that whoever waits sees how far it is; no more orders than a part are on their way at once."""
    rows = "".join(f"A-{n},{n % 30 + 1} Maple Street,,,Tea,1,,,,,\n" for n in range(order_import.AT_ONCE * 2 + 1))
    headers = h.headers() | {"Content-Type": "text/csv"}
    answer = await h.http.post("/v1/imports?kind=orders", content=(HEAD + rows).encode(), headers=headers)
    lines = [msgspec.json.decode(line) for line in answer.content.splitlines()]
    assert [line["done"] for line in lines if "done" in line] == [0, 100, 200, 201]
    assert lines[0] == {"rows": 201} and lines[-1]["report"] == {"taken": 201, "refused": 0, "problems": []}


async def test_a_shop_s_number_is_the_key_of_its_calls(h: House) -> None:
    """What it placed by program before is not placed again by a table; other shops have their own numbers."""
    headers = h.headers("integrator", "shop") | {"Idempotency-Key": "A-1"}
    assert (await h.http.post("/v1/orders", json=order_body(ref="A-1"), headers=headers)).status_code == 201
    rows = HEAD + "A-1,7 Maple Street,,,Tea,1,,,,,\n"
    report = await imported(h, rows, role="integrator", subject="shop")
    assert counts(report) == (0, 1, 0) and told(report) == [(2, "id", "order_differs")]
    assert counts(await imported(h, rows, role="integrator", subject="shop-2")) == (1, 0, 0)
    assert {order.placed_by for order in by_ref(h).values()} <= {"shop", "shop-2"}


async def test_broken_rows_are_told_and_the_rest_is_taken(h: House) -> None:
    """By row and column; of an order with a broken row nothing is taken."""
    await with_goods(h)
    rows = (
        "A-1,7 Maple Street,,milk,,2,,,,,\n"
        "A-2,7 Maple Street,,milk,,0,,,,,\n"
        "A-2,,,rice,,1,,,,,\n"
        "A-3,7 Maple Street,,moon,,1,,,,,\n"
        "A-3,,,milk,,1,,,,,\n"
        "A-4,7 Maple Street,12,milk,,1,,,,,\n"
        "A-5,7 Maple Street,,milk,,1,15:00,14:00,,,\n"
        "A-6,7 Maple Street,,milk,,1,,11:00,,,\n"
        "A-7,,,milk,,1,,,,,\n"
        "A-8,7 Maple Street,,milk,,1,,,later,,\n"
        "A-9,7 Maple Street,,milk,,1,,,paid,5,\n"
        ",7 Maple Street,,milk,,1,,,,,\n"
        "B-1,7 Maple Street,,milk,,1,,,,,,,extra\n"
    )
    report = await imported(h, HEAD + rows)
    assert counts(report) == (1, 12, 0) and set(by_ref(h)) == {"A-1"}
    assert told(report) == [
        (3, "quantity", "bad_number"),
        (4, "", "order_incomplete"),
        (5, "sku", "unknown_sku"),
        (6, "", "order_incomplete"),
        (7, "phone", "bad_phone"),
        (8, "from", "window_reversed"),
        (9, "until", "window_in_the_past"),
        (10, "address", "bad_words"),
        (11, "payment", "bad_payment_word"),
        (12, "amount", "bad_payment"),
        (13, "id", "bad_words"),
        (14, "", "too_many_cells"),
    ]


async def test_what_was_refused_is_taken_when_it_can_be(h: House) -> None:
    """Somebody registers the good, and sends the same table again; then it is there."""
    rows = HEAD + "A-1,7 Maple Street,,milk,,1,,,,,\n"
    assert told(await imported(h, rows)) == [(2, "sku", "unknown_sku")]
    await with_goods(h)
    assert counts(await imported(h, rows)) == (1, 0, 0)
    assert counts(await imported(h, rows)) == (0, 0, 1)


async def test_half_a_place_is_told_at_its_cell(h: House) -> None:
    """A latitude without a longitude."""
    report = await imported(h, "id,address,lat,lon\nA-1,7 Maple Street,60.17,\n")
    assert told(report) == [(2, "address", "half_a_place")]


async def test_an_address_that_is_not_known_holds_its_order(h: House) -> None:
    """It is taken all the same: a person finds the door."""
    report = await imported(h, HEAD + "A-1,behind the old mill,,,Tea,1,,,,,\n")
    assert counts(report) == (1, 0, 0) and by_ref(h)["A-1"].reason == "address"


async def test_times_are_those_of_the_zone_s_clock(h: House) -> None:
    """18:00 is six in the evening where the zone is."""
    services = h.services
    eight = timezone(timedelta(hours=8))
    object.__setattr__(services, "zone_time", eight)
    await imported(
        h, "订单号,收货地址,最早送达,最晚送达\nA-1,7 Maple Street,2026-12-31 18:00,20:00\n".encode("gb18030")
    )
    order = by_ref(h)["A-1"]
    assert order.promise_at_ms - order.earliest_at_ms == 120 * MINUTE_MS
    assert order.earliest_at_ms % (24 * 60 * MINUTE_MS) == 10 * 60 * MINUTE_MS, "18:00 there is 10:00 UTC"


async def test_a_zone_that_does_not_answer_is_asked_again(h: House, monkeypatch: pytest.MonkeyPatch) -> None:
    """Then the row is told, for it may still be taken; the same table finds it later."""
    monkeypatch.setattr(order_import, "TRIES", 2)
    monkeypatch.setattr(order_import, "_AGAIN_AFTER_S", 0.0)
    h.bus.deaf, before = True, len(h.bus.asked)
    row = HEAD + "A-1,7 Maple Street,,,Tea,1,,,,,\n"
    assert told(await imported(h, row)) == [(2, "", "no_answer")] and len(h.bus.asked) == before + 2
    h.bus.deaf = False
    assert counts(await imported(h, row)) == (1, 0, 0)


async def test_who_places_no_orders_imports_none(h: House) -> None:
    """Depots' staff may import goods, not orders."""
    headers = h.headers("depot") | {"Content-Type": "text/csv"}
    answer = await h.http.post("/v1/imports?kind=orders", content=HEAD.encode(), headers=headers)
    assert answer.status_code == 403


@pytest.mark.parametrize(("lang", "first"), [("en", "\ufeffid,address"), ("zh", "\ufeff订单号,地址")])
async def test_the_template_is_a_table_that_is_taken(h: House, lang: str, first: str) -> None:
    """As it is saved, with its example."""
    await with_goods(h)
    answer = await h.http.get(f"/v1/imports/template?kind=orders&lang={lang}", headers=h.headers())
    assert answer.text.startswith(first)
    known = answer.content.replace(b"MILK-1L", b"milk")
    assert counts(await imported(h, known)) == (1, 0, 0) and by_ref(h)["A-1001"].requires == ("photo",)


# --- partners ---------------------------------------------------------------------------------------------------


async def li(h: House, *, approved: bool = True, **more: Any) -> None:
    """A distributor without a liquor licence."""
    mine = h.headers("distributor", "li")
    assert (await h.http.put("/v1/distributors/li", json={"name": "Li & Sons"} | more, headers=mine)).status_code == 200
    if approved:
        wish = {"standing": "approved", "tier": 2}
        assert (await h.http.post("/v1/distributors/li:judge", json=wish, headers=h.headers())).status_code == 200
    await eventually(lambda: h.hub.replica.head == h.store_head)


async def test_a_distributor_s_table_is_as_if_they_had_placed_it(h: House) -> None:
    """Their standing and licences are looked at order by order; the orders are theirs, with their tier, and what they
    have placed by program under the same number is the same order.
    """
    rows = "id,address,item,age,delivery\nL-1,3 Maple Street,Oil,,W-1\nL-2,4 Maple Street,Wine,yes,W-1\n"
    refused = await imported(h, rows, role="distributor", subject="li")
    assert told(refused) == [(2, "", "not_approved"), (3, "", "not_approved")]
    await li(h, approved=False)
    assert counts(await imported(h, rows, role="distributor", subject="li")) == (0, 2, 0)
    await li(h)
    taken = await imported(h, rows, role="distributor", subject="li")
    assert counts(taken) == (1, 1, 0) and told(taken) == [(3, "", "licence_missing")]
    order = by_ref(h)["L-1"]
    assert (order.placed_by, order.tier, order.drop_of) == ("li", 2, "W-1")
    assert counts(await imported(h, rows, role="distributor", subject="li")) == (0, 1, 1), "once"


async def gate(h: House, point_id: str = "gate", **more: Any) -> None:
    place = {"lat": 60.171, "lon": 24.941}
    body = {"name": "East gate", "address": "Lane 8", "leader": "mei", **place, **more}
    answer = await h.http.put(f"/v1/points/{point_id}", json=body, headers=h.headers())
    assert answer.status_code == 200, answer.text


async def test_a_leader_s_table_goes_to_their_point(h: House) -> None:
    """Without a door; a row for another point is told, and the rest taken."""
    await gate(h)
    rows = (
        "id,name,phone,item,quantity,point\nG-1,Ada,138 0013 8000,Rice,2,\nG-2,Bo,,Rice,1,gate\nG-3,Cy,,Rice,1,west\n"
    )
    report = await imported(h, rows, role="group_leader", subject="mei")
    assert counts(report) == (2, 1, 0) and told(report) == [(4, "point", "other_point")]
    order = by_ref(h)["G-1"]
    assert order.collection and order.collection.point_id == "gate" and order.placed_by == "mei"
    assert order.dropoff.address == "East gate, Lane 8" and order.dropoff.phone == "+8613800138000"
    assert counts(await imported(h, rows, role="group_leader", subject="mei")) == (0, 1, 2)


async def test_a_leader_imports_for_no_other_point(h: House) -> None:
    """Nor without one; who runs several says which."""
    await gate(h)
    await gate(h, "west", leader="wang")
    mei = h.headers("group_leader", "mei") | {"Content-Type": "text/csv"}

    async def refused(headers: dict[str, str], point: str = "") -> tuple[int, str]:
        answer = await h.http.post(f"/v1/imports?kind=orders&point={point}", content="id\nG-1\n", headers=headers)
        return answer.status_code, answer.json()["code"]

    assert await refused(mei, "west") == (403, "not_your_point")
    assert await refused(h.headers("group_leader", "nobody")) == (403, "not_your_point")
    await gate(h, "south")
    assert await refused(mei) == (422, "point_missing")
    assert await refused(h.headers("dispatcher"), "nowhere") == (422, "unknown_point")
    report = await imported(h, "id\nG-1\n", role="group_leader", subject="mei", point="south")
    assert counts(report) == (1, 0, 0)
    assert by_ref(h)["G-1"].collection.point_id == "south"  # type: ignore[union-attr]


async def test_partners_import_no_goods(h: House) -> None:
    """Their tables are orders, and their templates have what they fill in."""
    for role in ("distributor", "group_leader"):
        headers = h.headers(role, "li") | {"Content-Type": "text/csv"}
        answer = await h.http.post("/v1/imports?kind=skus", content="id,name\na,A\n", headers=headers)
        assert (answer.status_code, answer.json()["code"]) == (403, "role_not_allowed")
        template = await h.http.get("/v1/imports/template?kind=orders", headers=headers)
        assert ("address" in template.text) == (role == "distributor")


async def test_orders_of_a_staff_table_may_go_to_points(h: House) -> None:
    """Some to doors and some to points; a point that is none is told."""
    await gate(h)
    rows = "id,address,point\nS-1,3 Maple Street,\nS-2,,gate\nS-3,,nowhere\n"
    report = await imported(h, rows)
    assert counts(report) == (2, 1, 0) and told(report) == [(4, "point", "unknown_point")]
    assert by_ref(h)["S-1"].collection is None and by_ref(h)["S-2"].collection is not None


# --- who brings it -----------------------------------------------------------------------------------------------


async def test_a_table_says_who_brings_each_order(h: House) -> None:
    """Fetched at a depot without an address, sent by a carrier to an address that nobody here knows."""
    table = "id,address,depot,mode\nF-1,,d1,自提\nC-1,9 Nowhere Road,,carrier\nF-2,,,self_pickup\n"
    report = await imported(h, table)
    assert counts(report) == (2, 1, 0) and told(report) == [(4, "depot", "depot_needed")]
    orders = by_ref(h)
    assert {ref: order.status.value for ref, order in orders.items()} == {"F-1": "at_depot", "C-1": "at_depot"}
    assert (orders["F-1"].pin, orders["C-1"].dropoff.address) != ("", "") and orders["C-1"].door is None
