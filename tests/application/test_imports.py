"""What a row of a table asks for, and what is wrong with which of its cells."""

from datetime import timedelta, timezone

import pytest

from dispatch.application.cells import BadCell, template
from dispatch.application.csv_rows import Columns, Row, rows_of
from dispatch.application.imports import (
    SKU_COLUMNS,
    STOCK_COLUMNS,
    StockRow,
    sku_of,
    stock_of,
)
from dispatch.domain.shelf import Sku
from dispatch.domain.stock_commands import StockLine
from dispatch.domain.vehicle import Load
from dispatch.web.bodies import ID_PATTERN

SHANGHAI = timezone(timedelta(hours=8))
DAY_AFTER_MS = 1_798_732_800_000
"""Midnight after 2026-12-31 in Shanghai."""


def is_id(typed: str) -> bool:
    return ID_PATTERN.fullmatch(typed) is not None


def sku(**cells: str) -> Sku | BadCell:
    return sku_of(Row(7, {"id": "milk", "name": "鲜牛奶", **cells}), is_id)


def stock(**cells: str) -> StockRow | BadCell:
    return stock_of(Row(7, {"depot": "d1", "sku": "milk", "quantity": "3", **cells}), is_id, SHANGHAI)


def test_a_good_as_people_write_it() -> None:
    """Thousands apart, full-width digits, numbers as spreadsheets write them, yes in two languages."""
    found = sku(
        weight_g="1,030", volume_ml="１０００", low_at="10.0", fragile="是", age_restricted="Y", category="乳品"
    )
    assert found == Sku("milk", "鲜牛奶", "乳品", "", Load(1030, 1000, 1), True, True, 10)


@pytest.mark.parametrize("day", ["2026-12-31", "2026/12/31", "20261231", "2026年12月31日", "２０２６-12-31"])
def test_pieces_expire_when_their_last_day_is_over(day: str) -> None:
    """In the zone's time, however the day is written."""
    assert stock(expires=day, lot="L7") == StockRow("d1", StockLine("milk", 3, "L7", DAY_AFTER_MS))


@pytest.mark.parametrize(
    ("column", "typed"),
    [("quantity", "0"), ("quantity", "-3"), ("quantity", "1.5"), ("quantity", "three"), ("quantity", ""),
     ("quantity", "99999999999"), ("expires", "31.12."), ("sku", "鲜牛奶"), ("depot", "a b"), ("lot", "-")],
)  # fmt: skip
def test_a_bad_cell_is_named(column: str, typed: str) -> None:
    """By its row and its column, with what would be right."""
    found = stock(**{column: typed})
    assert isinstance(found, BadCell) and (found.row, found.column) == (7, column) and found.detail.endswith(".")


@pytest.mark.parametrize(("column", "typed"), [("name", ""), ("name", "x" * 201), ("fragile", "perhaps"), ("id", "")])
def test_a_good_that_is_none(column: str, typed: str) -> None:
    """As with stock."""
    found = sku(**{column: typed})
    assert isinstance(found, BadCell) and found.column == column


def test_a_row_that_could_not_be_read_is_wrong_as_a_whole() -> None:
    """With the reader's words."""
    assert stock_of(Row(7, {}, ("too_wide", "Too wide.")), is_id, SHANGHAI) == BadCell(7, "", "too_wide", "Too wide.")


@pytest.mark.parametrize("columns", [SKU_COLUMNS, STOCK_COLUMNS])
@pytest.mark.parametrize("in_chinese", [True, False])
def test_a_template_is_read_back(columns: Columns, *, in_chinese: bool) -> None:
    """Whatever the language of its headings."""
    example = {name: f"{n}" for n, name in enumerate(columns.headings)}
    (row,) = rows_of(template(columns, in_chinese=in_chinese, example=example).encode(), columns)
    assert dict(row.cells) == example
