"""What the rows of a table ask for: orders of one or several lines, and what is wrong with which cell."""

from collections.abc import Mapping
from datetime import date, datetime, timedelta, timezone
from typing import Any

import pytest

from dispatch.application.cells import BadCell, template
from dispatch.application.csv_rows import Row, rows_of
from dispatch.application.order_rows import (
    EXAMPLE,
    ORDER_COLUMNS,
    POINT_COLUMNS,
    OrderRows,
    Reading,
    TableClock,
    orders_of,
)

SHANGHAI = timezone(timedelta(hours=8))
CLOCK = TableClock(SHANGHAI, date(2026, 12, 30))
HEAD = {"id": "A-1", "address": "12 Maple Street"}


def read(*cells: Mapping[str, str], point: str = "") -> list[OrderRows | list[BadCell]]:
    return orders_of([Row(n, row) for n, row in enumerate(cells, 2)], Reading(CLOCK, str.isalnum, point))


def body(**cells: str) -> Mapping[str, Any]:
    (order,) = read({**HEAD, **cells})
    assert isinstance(order, OrderRows), order
    return order.body


def wrong(*cells: Mapping[str, str]) -> list[tuple[int, str, str]]:
    return [(bad.row, bad.column, bad.code) for each in read(*cells) if isinstance(each, list) for bad in each]


def at_ms(day: int, hour: int, minute: int = 0) -> int:
    return int(datetime(2026, 12, day, hour, minute, tzinfo=SHANGHAI).timestamp() * 1000)


def test_rows_with_one_number_are_one_order_wherever_they_stand() -> None:
    """Said once or repeated; its lines are told apart by their rows."""
    first, second = read(
        {**HEAD, "sku": "milk", "quantity": "2", "name": "Ada"},
        {"id": "A-2", "address": "13 Maple Street"},
        {"id": "A-1", "item": "Flowers", "name": "Ada"},
    )
    assert isinstance(first, OrderRows) and isinstance(second, OrderRows)
    milk, flowers = {"name": "milk", "quantity": 2, "sku": "milk"}, {"name": "Flowers", "quantity": 1}
    assert (first.rows, first.body["lines"], first.body["ref"]) == ((2, 4), [milk, flowers], "A-1")
    assert first.cell_of("/lines/1/name") == (4, "item") and first.cell_of("/lines/0/sku") == (2, "sku")
    assert first.cell_of("/dropoff/lat") == (2, "lat") and first.cell_of("/tier") == (2, "tier")
    assert first.cell_of("/priority") == (2, "")
    assert (second.rows, second.body["lines"]) == ((3,), [])


@pytest.mark.parametrize(
    ("cells", "window"),
    [
        ({"from": "18:00", "until": "20:00"}, (at_ms(30, 18), at_ms(30, 20))),
        ({"from": "2026-12-31 18:00", "until": "20:30"}, (at_ms(31, 18), at_ms(31, 20, 30))),
        ({"from": "2026/12/31 9:00", "until": "2026年12月31日 11:00"}, (at_ms(31, 9), at_ms(31, 11))),
        ({"from": "２０２６-１２-３１ １８：００"}, (at_ms(31, 18), None)),
        ({"until": "2026-12-31T18:00:00"}, (None, at_ms(31, 18))),
    ],
)
def test_windows_are_of_the_zone_s_clock(cells: dict[str, str], window: tuple[int | None, int | None]) -> None:
    """Today where no day is said; the end on the day of the beginning."""
    found = body(**cells)
    assert (found.get("earliest_at_ms"), found.get("promise_at_ms")) == window


@pytest.mark.parametrize(
    ("cells", "payment"),
    [
        ({"payment": "已付款"}, {"state": "paid"}),
        ({"payment": "Unpaid"}, {"state": "unpaid"}),
        ({"payment": "货到付款", "amount": "¥1,012.5"}, {"state": "cash", "due_minor": 101_250}),
        ({"amount": "12"}, {"state": "cash", "due_minor": 1_200}),
        ({}, None),
    ],
)
def test_how_an_order_is_paid(cells: dict[str, str], payment: dict[str, Any] | None) -> None:
    """In two languages; an amount alone is cash."""
    assert body(**cells).get("payment") == payment


@pytest.mark.parametrize(
    ("typed", "mode"), [("", "delivery"), ("自提", "self_pickup"), ("Carrier", "carrier"), ("快递", "carrier")]
)
def test_who_brings_an_order(typed: str, mode: str) -> None:
    """In two languages; a courier where nothing is said. What is fetched needs no address."""
    assert body(mode=typed)["mode"] == mode
    if mode == "self_pickup":
        assert body(mode=typed, address="")["dropoff"] == {}


def test_all_that_a_row_can_say() -> None:
    """Each column has its place in the order."""
    found = body(
        lat="60.17", lon="24.94", name="Ada", phone="(0086) 138-0013-8000", note="ring", depot="d1", weight_g="1,200",
        tier="2", photo="是", signature="x", pin="yes", age="y", leave_at_door="no",
    )  # fmt: skip
    door = {"address": "12 Maple Street", "lat": 60.17, "lon": 24.94, "name": "Ada", "note": "ring"}
    assert found["dropoff"] == {**door, "phone": "+8613800138000"}
    assert (found["depot_id"], found["load"], found["tier"]) == ("d1", {"weight_g": 1_200}, 2)
    assert found["requires"] == ["photo", "signature", "pin", "age"] and found["leave_at_door"] is False


@pytest.mark.parametrize(
    ("column", "typed", "code"),
    [
        ("id", "x" * 101, "bad_words"), ("address", "", "bad_words"), ("lat", "north", "bad_coordinates"),
        ("lon", "999", "bad_coordinates"), ("lat", "nan", "bad_coordinates"), ("phone", "1.38001E+10", "bad_phone"),
        ("depot", "a b", "bad_id"), ("sku", "a b", "bad_id"), ("quantity", "0", "bad_number"),
        ("quantity", "1.5", "bad_number"), ("quantity", "-1", "bad_number"), ("weight_g", "heavy", "bad_number"),
        ("tier", "4", "bad_number"), ("from", "tomorrow", "bad_time"), ("until", "2026-13-01 10:00", "bad_time"),
        ("until", "25:00", "bad_time"), ("payment", "maybe", "bad_payment_word"), ("amount", "12.345", "bad_amount"),
        ("amount", "-1", "bad_amount"), ("amount", "much", "bad_amount"), ("photo", "perhaps", "bad_answer"),
        ("mode", "drone", "bad_mode_word"),
    ],
)  # fmt: skip
def test_a_bad_cell_is_named(column: str, typed: str, code: str) -> None:
    """By its row and its column."""
    assert wrong({**HEAD, column: typed}) == [(2, column, code)]


def test_of_an_order_with_a_wrong_row_nothing_is_taken() -> None:
    """Each of its rows says why; other orders are not touched by it."""
    rows = ({**HEAD, "item": "Tea"}, {"id": "A-1", "item": "Milk", "quantity": "no"}, {"id": "A-2", "address": "x"})
    assert wrong(*rows) == [(3, "quantity", "bad_number"), (2, "", "order_incomplete")]
    differs = ({**HEAD, "name": "Ada"}, {**HEAD, "name": "Grace"})
    assert wrong(*differs) == [(3, "name", "differs"), (2, "", "order_incomplete")]


def test_rows_without_a_number_are_no_one_order() -> None:
    """Each is wrong by itself."""
    assert wrong({"address": "a"}, {"address": "b"}) == [(2, "id", "bad_words"), (3, "id", "bad_words")]


@pytest.mark.parametrize("in_chinese", [True, False])
def test_the_template_is_read_back(*, in_chinese: bool) -> None:
    """Every heading in either language names its column, and the example is an order."""
    text = template(ORDER_COLUMNS, in_chinese=in_chinese, example=EXAMPLE)
    (row,) = rows_of(text.encode(), ORDER_COLUMNS)
    assert set(row.cells) == set(ORDER_COLUMNS.headings)
    (order,) = orders_of([row], Reading(CLOCK, lambda typed: True))
    assert isinstance(order, OrderRows) and order.body["requires"] == ["photo"]


def test_an_order_for_a_pickup_point_needs_no_door() -> None:
    """Where the table says the point; where all of it is for one point, no row has to, and none may say another one."""
    (told,) = read({"id": "A-1", "point": "gate", "name": "Ada"})
    assert isinstance(told, OrderRows) and told.body["point_id"] == "gate"
    assert told.body["dropoff"] == {"address": "gate", "name": "Ada"} and told.cell_of("/point_id") == (2, "point")
    (with_door,) = read({**HEAD, "point": "gate"})
    assert isinstance(with_door, OrderRows) and with_door.body["dropoff"]["address"] == "12 Maple Street"
    (plain,) = read(HEAD)
    assert isinstance(plain, OrderRows) and "point_id" not in plain.body
    fixed = read({"id": "A-1"}, {"id": "A-2", "point": "gate"}, {"id": "A-3", "point": "west"}, point="gate")
    assert [each.body["point_id"] for each in fixed[:2] if isinstance(each, OrderRows)] == ["gate", "gate"]
    (bad,) = fixed[2] if isinstance(fixed[2], list) else ()
    assert (bad.row, bad.column, bad.code) == (4, "point", "other_point")
    assert wrong({"id": "A-1"}) == [(2, "address", "bad_words")]
    assert wrong({"id": "A-1", "point": "a b"}) == [(2, "point", "bad_id")]


def test_the_drops_of_one_delivery_say_so() -> None:
    """Each is an order of its own, with a number of its own."""
    one, two = read({**HEAD, "delivery": "W-7"}, {"id": "A-2", "address": "13 Maple Street", "delivery": "W-7"})
    assert isinstance(one, OrderRows) and isinstance(two, OrderRows)
    assert (one.body["drop_of"], two.body["drop_of"]) == ("W-7", "W-7")


@pytest.mark.parametrize("in_chinese", [False, True])
def test_a_table_for_one_point_asks_for_nothing_about_doors(in_chinese: bool) -> None:
    """Its template is read as it comes."""
    (row,) = rows_of(template(POINT_COLUMNS, in_chinese=in_chinese, example=EXAMPLE).encode(), POINT_COLUMNS)
    assert "address" not in row.cells and row.cells["id"] == EXAMPLE["id"]
    (order,) = orders_of([row], Reading(CLOCK, lambda typed: True, "gate"))
    assert isinstance(order, OrderRows) and order.body["point_id"] == "gate"
