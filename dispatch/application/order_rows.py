"""Tables of orders: rows with one number are one order with several lines. What an order asks for is made in the shape
of `POST /v1/orders`, so that a table and a program are held to the same rules. Pure.

What is said once for an order (its door, its window, how it is paid) stands in its first row; in the others it may be
left out or repeated. An order for a pickup point needs no door. Times are those of the zone's clock: 2026-12-31 18:00,
or 18:00 for today. An order of which a row is wrong is left out whole, for nobody wants half of it.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, tzinfo
from decimal import Decimal, InvalidOperation
from functools import partial
from typing import Any, Final

from dispatch.application.cells import BadCell, WrongCell, ident, number, plain, read_row, words, yes
from dispatch.application.csv_rows import Columns, Row
from dispatch.domain.errors import InvalidInput
from dispatch.domain.phone import normalised_phone

ORDER_COLUMNS: Final = Columns(
    {
        "id": ("order", "order_id", "external_id", "ref", "订单号", "单号", "订单编号"),
        "address": ("地址", "收货地址", "送货地址", "详细地址"),
        "lat": ("latitude", "纬度"),
        "lon": ("lng", "longitude", "经度"),
        "name": ("recipient", "customer", "收件人", "收货人", "姓名"),
        "phone": ("mobile", "tel", "电话", "手机", "手机号", "联系电话"),
        "note": ("remark", "备注", "留言"),
        "depot": ("depot_id", "store", "门店", "仓库", "前置仓"),
        "sku": ("商品编码", "编码", "货号"),
        "item": ("goods", "product", "商品", "商品名称", "品名"),
        "quantity": ("qty", "数量", "件数"),
        "weight_g": ("weight", "重量(克)", "重量", "整单重量"),
        "from": ("earliest", "window_from", "最早送达", "送达时间起", "预约开始"),
        "until": ("latest", "window_until", "最晚送达", "送达时间止", "预约结束"),
        "tier": ("level", "等级", "服务等级"),
        "delivery": ("drop_of", "配送单号", "送货单号", "配送批次"),
        "point": ("point_id", "pickup_point", "自提点", "自提点编号"),
        "payment": ("付款", "付款状态", "支付状态"),
        "amount": ("cash", "代收金额", "代收货款", "应收金额"),
        "photo": ("拍照", "拍照签收"),
        "signature": ("签字", "签名"),
        "pin": ("取件码", "验证码", "收货码"),
        "age": ("验龄", "限龄", "成人"),
        "leave_at_door": ("door", "放门口"),
        "mode": ("fulfilment", "配送方式", "履约方式"),
    },
    frozenset({"id", "address"}),
)
_OF_DOORS: Final = ("address", "lat", "lon", "depot", "delivery", "leave_at_door")
POINT_COLUMNS: Final = Columns(
    {column: names for column, names in ORDER_COLUMNS.headings.items() if column not in _OF_DOORS}, frozenset({"id"})
)
"""Of a table whose orders all go to one pickup point."""
EXAMPLE: Final[Mapping[str, str]] = {
    "id": "A-1001",
    "address": "12 Maple Street",
    "name": "Ada",
    "phone": "138 0013 8000",
    "sku": "MILK-1L",
    "quantity": "2",
    "from": "18:00",
    "until": "20:00",
    "payment": "paid",
    "photo": "yes",
}
_PER_LINE: Final = frozenset({"id", "sku", "item", "quantity"})
_PROOFS: Final = ("photo", "signature", "pin", "age")
_PAYMENTS: Final = {
    **dict.fromkeys(("paid", "已付", "已付款", "已支付"), "paid"),
    **dict.fromkeys(("unpaid", "open", "未付", "未付款", "待付款", "待支付"), "unpaid"),
    **dict.fromkeys(("cash", "cod", "货到付款", "到付", "现金"), "cash"),
}
_MODES: Final = {
    **dict.fromkeys(("delivery", "courier", "配送", "送货", "骑手配送"), "delivery"),
    **dict.fromkeys(("self_pickup", "pickup", "自提", "到店自提", "门店自提"), "self_pickup"),
    **dict.fromkeys(("carrier", "parcel", "快递", "物流"), "carrier"),
}
_MOST_MINOR: Final = 100_000_000
_DAYS: Final = ("%Y-%m-%d", "%Y/%m/%d", "%Y.%m.%d", "%Y年%m月%d日", "%Y%m%d")
_CLOCKS: Final = ("%H:%M", "%H:%M:%S")
COLUMN_OF: Final[Mapping[str, str]] = {
    "/dropoff": "address",
    "/drop_of": "delivery",
    "/point_id": "point",
    "/dropoff/address": "address",
    "/dropoff/lat": "lat",
    "/dropoff/lon": "lon",
    "/dropoff/name": "name",
    "/dropoff/phone": "phone",
    "/dropoff/note": "note",
    "/depot_id": "depot",
    "/earliest_at_ms": "from",
    "/promise_at_ms": "until",
    "/payment/due_minor": "amount",
    "/leave_at_door": "leave_at_door",
    "/mode": "mode",
}
"""Which column a field of an order comes from; lines have their own rows."""


@dataclass(frozen=True, slots=True)
class TableClock:
    """How a table's times are read: the zone's clock, and which day it is there."""

    zone_time: tzinfo
    today: date


@dataclass(frozen=True, slots=True)
class Reading:
    """How a table is read: its clock, what an id is, and the pickup point of all its orders (empty: each says)."""

    clock: TableClock
    is_id: Callable[[str], bool]
    point: str = ""


@dataclass(frozen=True, slots=True)
class OrderRows:
    """An order of a table: its number, its rows, and its body as `POST /v1/orders` takes it. `line_rows` are the rows
    of its lines, in their order.
    """

    external_id: str
    rows: tuple[int, ...]
    body: Mapping[str, Any]
    line_rows: tuple[int, ...] = ()

    def cell_of(self, pointer: str) -> tuple[int, str]:
        """(row, column) that a field of the body comes from; no column: the order as a whole."""
        if pointer.startswith("/lines/"):
            place, _, field = pointer.removeprefix("/lines/").partition("/")
            if place.isdecimal() and int(place) < len(self.line_rows):
                return self.line_rows[int(place)], {"name": "item"}.get(field, field)
        return self.rows[0], COLUMN_OF.get(pointer, pointer[1:] if pointer[1:] in ORDER_COLUMNS.headings else "")


@dataclass(frozen=True, slots=True)
class _Said:
    """What one row says."""

    number: int
    external_id: str
    head: Mapping[str, str]
    line: Mapping[str, Any] | None


def orders_of(rows: Sequence[Row], reading: Reading) -> list[OrderRows | list[BadCell]]:
    """The orders of a table, by their first rows: each whole, or what is wrong with its rows."""
    found = dict[str, list[Row]]()
    for row in rows:
        external_id = plain(row.cells, "id")
        found.setdefault(external_id or f"\0{row.number}", []).append(row)  # rows without a number are no one order
    return [_order(together, reading) for together in found.values()]


def _order(rows: Sequence[Row], reading: Reading) -> OrderRows | list[BadCell]:
    said = [read_row(row, partial(_said, row.number, reading.is_id)) for row in rows]
    wrong = [each for each in said if isinstance(each, BadCell)]
    good = [each for each in said if isinstance(each, _Said)]
    if not wrong:
        wrong = [bad for each in good[1:] if (bad := _differs(good[0], each))]
    if not wrong:
        body = read_row(Row(rows[0].number, good[0].head), partial(_body, reading))
        if not isinstance(body, BadCell):
            lined = [(each.number, each.line) for each in good if each.line]
            whole = {**body, "ref": good[0].external_id, "lines": [line for _, line in lined]}
            return OrderRows(
                good[0].external_id, tuple(row.number for row in rows), whole, tuple(number for number, _ in lined)
            )
        wrong = [body]
    first, told = wrong[0].row, {bad.row for bad in wrong}
    sentence = f"Row {first} of this order is wrong, so the whole order was left out."
    return [*wrong, *(BadCell(row.number, "", "order_incomplete", sentence) for row in rows if row.number not in told)]


def _said(row: int, is_id: Callable[[str], bool], cells: Mapping[str, str]) -> _Said:
    head = {
        column: typed for column in ORDER_COLUMNS.headings if column not in _PER_LINE and (typed := cells.get(column))
    }
    return _Said(row, words({"id": plain(cells, "id")}, "id", 100), head, _line(cells, is_id))


def _line(cells: Mapping[str, str], is_id: Callable[[str], bool]) -> dict[str, Any] | None:
    pieces = number(cells, "quantity", 1, 100_000) if plain(cells, "quantity") else 1
    if not plain(cells, "sku") and not cells.get("item"):
        return None
    sku = ident(cells, "sku", is_id) if plain(cells, "sku") else ""
    name = words(cells, "item", 200) if cells.get("item") else ""
    return {"name": name or sku, "quantity": pieces, **({"sku": sku} if sku else {})}


def _differs(first: _Said, other: _Said) -> BadCell | None:
    for column, typed in other.head.items():
        if typed != first.head.get(column):
            sentence = f"Row {first.number} of the same order says something else; leave this cell empty."
            return BadCell(other.number, column, "differs", sentence)
    return None


def _body(reading: Reading, cells: Mapping[str, str]) -> dict[str, Any]:
    clock, point = reading.clock, _point(reading, cells)
    begins_ms = _moment_ms(cells, "from", clock)
    ends_ms = _moment_ms(cells, "until", clock, _day_of(cells, clock))
    mode = _mode(cells)
    body: dict[str, Any] = {
        "dropoff": _dropoff(cells, point, needs_address=mode != "self_pickup"),
        "mode": mode,
        "tier": number(cells, "tier", 0, 3),
        "requires": [proof for proof in _PROOFS if yes(cells, proof)],
        "leave_at_door": yes(cells, "leave_at_door"),
        "load": {"weight_g": number(cells, "weight_g")},
    }
    optional = {
        "depot_id": ident(cells, "depot", reading.is_id) if plain(cells, "depot") else None,
        "drop_of": words(cells, "delivery", 100) if cells.get("delivery") else None,
        "point_id": point or None,
        "earliest_at_ms": begins_ms,
        "promise_at_ms": ends_ms,
        "payment": _payment(cells),
    }
    return body | {name: value for name, value in optional.items() if value is not None}


def _point(reading: Reading, cells: Mapping[str, str]) -> str:
    """Where the customer collects it; empty for a door."""
    typed = ident(cells, "point", reading.is_id) if plain(cells, "point") else ""
    if reading.point and typed not in ("", reading.point):
        sentence = f"The orders of this table are for the pickup point {reading.point}; leave this cell empty."
        raise WrongCell("point", "other_point", sentence)
    return reading.point or typed


def _mode(cells: Mapping[str, str]) -> str:
    typed = plain(cells, "mode").lower()
    if typed and typed not in _MODES:
        raise WrongCell("mode", "bad_mode_word", "Write delivery, self_pickup or carrier.")
    return _MODES.get(typed, "delivery")


def _dropoff(cells: Mapping[str, str], point: str, *, needs_address: bool) -> dict[str, Any]:
    """Where there is a point its address counts, whatever is said of the customer's; what is fetched needs none."""
    door: dict[str, Any] = {}
    if point and not cells.get("address"):
        door["address"] = point
    elif needs_address or cells.get("address"):
        door["address"] = words(cells, "address", 500)
    for column in ("lat", "lon"):
        if plain(cells, column):
            door[column] = _degrees(cells, column)
    for column, most in (("name", 200), ("note", 500)):
        if cells.get(column):
            door[column] = words(cells, column, most)
    if typed := cells.get("phone"):
        try:
            door["phone"] = normalised_phone(typed)
        except InvalidInput as refusal:
            raise WrongCell("phone", refusal.code, refusal.detail) from None
    return door


def _degrees(cells: Mapping[str, str], column: str) -> float:
    try:
        degrees = float(plain(cells, column))
    except ValueError:
        degrees = float("nan")
    if not abs(degrees) <= 180:
        raise WrongCell(column, "bad_coordinates", "Write degrees with a point, such as 31.2304.")
    return degrees


def _payment(cells: Mapping[str, str]) -> dict[str, Any] | None:
    typed = plain(cells, "payment").lower()
    if typed and typed not in _PAYMENTS:
        raise WrongCell("payment", "bad_payment_word", "Write paid, unpaid or cash.")
    due_minor = _amount_minor(cells)
    if not typed and not due_minor:
        return None
    state = _PAYMENTS[typed] if typed else "cash"
    return {"state": state, **({"due_minor": due_minor} if due_minor else {})}


def _amount_minor(cells: Mapping[str, str]) -> int:
    """In cents, as a currency has them."""
    typed = plain(cells, "amount").strip("¥￥元 ").replace(",", "")
    if not typed:
        return 0
    try:
        minor = Decimal(typed) * 100
    except InvalidOperation:
        minor = Decimal("nan")
    if not minor.is_finite() or minor != int(minor) or not 0 <= minor <= _MOST_MINOR:
        raise WrongCell("amount", "bad_amount", "Write an amount such as 12.50.")
    return int(minor)


def _day_of(cells: Mapping[str, str], clock: TableClock) -> date:
    """The day on which the window begins; its end may be a time of that day."""
    begins_ms = _moment_ms(cells, "from", clock)
    return clock.today if begins_ms is None else datetime.fromtimestamp(begins_ms / 1000, clock.zone_time).date()


def _moment_ms(cells: Mapping[str, str], column: str, clock: TableClock, day: date | None = None) -> int | None:
    typed = plain(cells, column).replace("T", " ")
    if not typed:
        return None
    written, _, clock_time = typed.rpartition(" ")
    found = _clock(clock_time)
    when = _day(written) if written else day or clock.today
    if found is None or when is None:
        raise WrongCell(column, "bad_time", "Write a time such as 2026-12-31 18:00, or 18:00 for today.")
    return int(datetime.combine(when, found, clock.zone_time).timestamp() * 1000)


def _day(typed: str) -> date | None:
    for form in _DAYS:
        try:
            return datetime.strptime(typed.strip(), form).date()  # noqa: DTZ007 - a day, of the zone's clock
        except ValueError:
            continue
    return None


def _clock(typed: str) -> time | None:
    for form in _CLOCKS:
        try:
            return datetime.strptime(typed, form).time()  # noqa: DTZ007 - a time, of the zone's clock
        except ValueError:
            continue
    return None
