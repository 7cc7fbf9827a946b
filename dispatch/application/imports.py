"""Tables of goods, of stock and of what is to come, row by row: what a row asks for, or what is wrong with which cell.
Pure.

Numbers may have thousands apart and full-width digits; days are written 2026-12-31, 2026/12/31 or 20261231 and end at
their midnight in the zone's time (an expiry counts until the day is over).
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta, tzinfo
from typing import Final

from dispatch.application.cells import BadCell, WrongCell, ident, number, plain, read_row, words, yes
from dispatch.application.csv_rows import Columns, Row
from dispatch.domain.shelf import Sku
from dispatch.domain.stock_commands import ComingLine, StockLine
from dispatch.domain.vehicle import Load

_DAYS: Final = ("%Y-%m-%d", "%Y/%m/%d", "%Y%m%d", "%Y.%m.%d", "%Y年%m月%d日")


SKU_COLUMNS: Final = Columns(
    {
        "id": ("sku", "code", "编码", "商品编码", "货号"),
        "name": ("名称", "商品名称", "品名"),
        "category": ("类别", "分类", "品类"),
        "barcode": ("条码", "条形码"),
        "weight_g": ("weight", "重量", "重量(克)", "重量g"),
        "volume_ml": ("volume", "体积", "体积(毫升)", "体积ml"),
        "fragile": ("易碎",),
        "age_restricted": ("age", "限龄", "成人"),
        "low_at": ("threshold", "预警", "预警值", "安全库存"),
    },
    frozenset({"id", "name"}),
)
STOCK_COLUMNS: Final = Columns(
    {
        "depot": ("depot_id", "仓库", "仓", "前置仓", "门店"),
        "sku": ("id", "编码", "商品编码", "货号"),
        "quantity": ("数量", "件数", "库存"),
        "lot": ("批次", "批号"),
        "expires": ("expiry", "有效期", "到期日", "保质期至"),
    },
    frozenset({"depot", "sku", "quantity"}),
)
COMING_COLUMNS: Final = Columns(
    {
        "depot": ("depot_id", "仓库", "仓", "前置仓", "门店"),
        "sku": ("id", "编码", "商品编码", "货号"),
        "quantity": ("数量", "件数"),
        "day": ("date", "expected", "到货日", "到货日期", "预计到货"),
    },
    frozenset({"depot", "sku", "quantity", "day"}),
)


@dataclass(frozen=True, slots=True)
class StockRow:
    """Pieces at a depot."""

    depot_id: str
    line: StockLine


@dataclass(frozen=True, slots=True)
class ComingRow:
    """Pieces that will come to a depot."""

    depot_id: str
    line: ComingLine


def sku_of(row: Row, is_id: Callable[[str], bool]) -> Sku | BadCell:
    """The good that a row describes."""
    return read_row(row, lambda cells: _sku(cells, is_id))


def stock_of(row: Row, is_id: Callable[[str], bool], zone_time: tzinfo) -> StockRow | BadCell:
    """The pieces that a row tells of."""
    return read_row(row, lambda cells: _stock(cells, is_id, zone_time))


def coming_of(row: Row, is_id: Callable[[str], bool], zone_time: tzinfo) -> ComingRow | BadCell:
    """The pieces that a row announces."""
    return read_row(row, lambda cells: _coming(cells, is_id, zone_time))


def _sku(cells: Mapping[str, str], is_id: Callable[[str], bool]) -> Sku:
    load = Load(number(cells, "weight_g"), number(cells, "volume_ml"), 1)
    return Sku(
        ident(cells, "id", is_id),
        words(cells, "name", 200),
        cells.get("category", "")[:100],
        cells.get("barcode", "")[:64],
        load,
        yes(cells, "fragile"),
        yes(cells, "age_restricted"),
        number(cells, "low_at"),
    )


def _stock(cells: Mapping[str, str], is_id: Callable[[str], bool], zone_time: tzinfo) -> StockRow:
    quantity = number(cells, "quantity", least=1)
    lot_id = ident(cells, "lot", is_id) if cells.get("lot") else ""
    line = StockLine(ident(cells, "sku", is_id), quantity, lot_id, _day_ends_ms(cells, "expires", zone_time))
    return StockRow(ident(cells, "depot", is_id), line)


def _coming(cells: Mapping[str, str], is_id: Callable[[str], bool], zone_time: tzinfo) -> ComingRow:
    due_ms = _day_ends_ms(cells, "day", zone_time)
    if not due_ms:
        raise _no_day("day")
    line = ComingLine(ident(cells, "sku", is_id), number(cells, "quantity"), due_ms)
    return ComingRow(ident(cells, "depot", is_id), line)


def day_ends_ms(day: date, zone_time: tzinfo) -> int:
    """The midnight with which a day of the zone's ends."""
    return int((datetime.combine(day, time(), zone_time) + timedelta(days=1)).timestamp() * 1000)


def _day_ends_ms(cells: Mapping[str, str], column: str, zone_time: tzinfo) -> int:
    typed = plain(cells, column)
    if not typed:
        return 0
    for form in _DAYS:
        try:
            return day_ends_ms(datetime.strptime(typed, form).replace(tzinfo=zone_time).date(), zone_time)
        except ValueError:
            continue
    raise _no_day(column)


def _no_day(column: str) -> WrongCell:
    return WrongCell(column, "bad_day", "Write a day such as 2026-12-31.")
