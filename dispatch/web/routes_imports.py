"""Tables of goods, of stock, of what is to come, and of orders over HTTP: a file in, lines of JSON out while it is
worked through, and a report.

The zone is asked in parts, so that nobody else waits for a large file. What is wrong with a row is told and the row
left out; the others are taken. The same file under the same Idempotency-Key takes effect once: each part has its own
id, made of the key and its place.
"""

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import tzinfo
from itertools import groupby
from typing import Any, Final

from starlette.responses import Response, StreamingResponse

from dispatch.application.access import Action, Resource, Role, allow
from dispatch.application.cells import BadCell, template
from dispatch.application.csv_rows import Columns, Row, rows_of
from dispatch.application.hub import ZoneHub
from dispatch.application.imports import (
    COMING_COLUMNS,
    SKU_COLUMNS,
    STOCK_COLUMNS,
    ComingRow,
    StockRow,
    coming_of,
    sku_of,
    stock_of,
)
from dispatch.application.order_rows import EXAMPLE, ORDER_COLUMNS, POINT_COLUMNS
from dispatch.application.patience import Patience
from dispatch.application.ports import Reply
from dispatch.domain.shelf import Sku
from dispatch.domain.stock_commands import AnnounceStock, CountStock, ReceiveStock, RegisterSkus, StockCommand
from dispatch.web.bodies import ID_PATTERN
from dispatch.web.call import Call
from dispatch.web.import_report import LINES, ImportReport, json_line
from dispatch.web.limits import read_body
from dispatch.web.order_import import Upload, orders_taken_in, point_of_table
from dispatch.web.problems import Problem
from dispatch.web.requests import ask, caught_up, idempotency_key, request_id

CSV: Final = "text/csv"
MAX_FILE_BYTES: Final = 16 * 1_048_576
AT_ONCE: Final = 500
"""Rows that the zone is asked for in one request: it is busy with them for some milliseconds."""
KNOWN_WITHIN_S: Final = 10.0
"""So long a table waits for what another one has registered just now, perhaps through another process."""
_EXAMPLES: Final[dict[str, dict[str, Any]]] = {
    "skus": {
        "id": "MILK-1L",
        "name": "鲜牛奶 1L",
        "category": "dairy",
        "weight_g": 1030,
        "volume_ml": 1000,
        "low_at": 10,
    },
    "orders": dict(EXAMPLE),
    "stock": {"depot": "d1", "sku": "MILK-1L", "quantity": 24, "lot": "L0731", "expires": "2026-12-31"},
    "coming": {"depot": "d1", "sku": "MILK-1L", "quantity": 24, "day": "2026-12-31"},
}
_COLUMNS: Final[dict[str, Columns]] = {
    "skus": SKU_COLUMNS,
    "stock": STOCK_COLUMNS,
    "coming": COMING_COLUMNS,
    "orders": ORDER_COLUMNS,
}
_Thing = Sku | StockRow | ComingRow


@dataclass(frozen=True, slots=True)
class _Part:
    """Rows that are asked for together, with the command that asks for some of them."""

    rows: Sequence[tuple[int, Any]]
    command: Callable[[Sequence[Any]], StockCommand]


async def import_rows(call: Call) -> Response:
    """`POST /v1/imports`: goods, stock, what was ordered, or orders, from a table."""
    kind, hub = _kind(call), call.zone(call.query("zone", "default"), owner_id=call.subject.owner)
    key = idempotency_key(call)
    await caught_up(call, hub, KNOWN_WITHIN_S)
    if kind == "orders":
        return await _import_orders(Upload(call, hub, key, point_of_table(call, hub)))
    allow(call.subject, Action.MANAGE_STOCK, Resource(hub.zone_id))
    found = await _rows(call, _COLUMNS[kind])
    job = _job(kind, found, call.services.zone_time, counts=call.query("mode", "receive") == "count")
    return StreamingResponse(_worked_through(call, hub, key, job), media_type=LINES)


async def _import_orders(upload: Upload) -> Response:
    found = await _rows(upload.call, POINT_COLUMNS if upload.point else ORDER_COLUMNS)
    return StreamingResponse(orders_taken_in(upload, found), media_type=LINES)


async def _rows(call: Call, columns: Columns) -> list[Row]:
    return await asyncio.to_thread(rows_of, await read_body(call.request, MAX_FILE_BYTES), columns)


async def read_template(call: Call) -> Response:
    """`GET /v1/imports/template`: of orders for a pickup point, for whoever runs one."""
    kind, is_leader = _kind(call), call.subject.role is Role.GROUP_LEADER
    columns = POINT_COLUMNS if kind == "orders" and (is_leader or call.query("point")) else _COLUMNS[kind]
    text = template(columns, in_chinese=call.query("lang") == "zh", example=_EXAMPLES[kind])
    headers = {"Content-Disposition": f'attachment; filename="{kind}.csv"'}
    return Response(text.encode(), media_type=f"{CSV}; charset=utf-8", headers=headers)


def _kind(call: Call) -> str:
    kind = call.query("kind")
    if kind not in _COLUMNS:
        raise Problem(422, "bad_parameter", f"The parameter kind is one of {', '.join(_COLUMNS)}.")
    return kind


@dataclass(frozen=True, slots=True)
class _Job:
    """Rows, what each of them means, and how the zone is asked for all that mean something."""

    rows: Sequence[Row]
    read: Callable[[Row], _Thing | BadCell]
    parts: Callable[[Sequence[tuple[int, Any]]], Iterator[_Part]]


def _job(kind: str, rows: Sequence[Row], zone_time: tzinfo, *, counts: bool) -> _Job:
    match kind:
        case "skus":
            return _Job(rows, lambda row: sku_of(row, _is_id), _sku_parts)
        case "coming":
            return _Job(rows, _once_a_day(lambda row: coming_of(row, _is_id, zone_time)), _coming_parts)
        case _:
            return _Job(rows, lambda row: stock_of(row, _is_id, zone_time), _count_parts if counts else _stock_parts)


def _is_id(typed: str) -> bool:
    return ID_PATTERN.fullmatch(typed) is not None


def _once_a_day(read: Callable[[Row], ComingRow | BadCell]) -> Callable[[Row], ComingRow | BadCell]:
    """A second row for one good, depot and day would replace the first, which nobody means."""
    known = set[tuple[str, str, int]]()

    def read_once(row: Row) -> ComingRow | BadCell:
        found = read(row)
        if isinstance(found, ComingRow):
            about = (found.depot_id, found.line.sku, found.line.due_ms)
            if about in known:
                return BadCell(row.number, "day", "day_twice", "An earlier row is about this good, depot and day.")
            known.add(about)
        return found

    return read_once


async def _worked_through(call: Call, hub: ZoneHub, key: str, job: _Job) -> AsyncIterator[bytes]:
    report, patience, good = ImportReport(), Patience(), list[tuple[int, Any]]()
    yield json_line({"rows": len(job.rows)})
    for row in job.rows:
        thing = job.read(row)
        problem = thing if isinstance(thing, BadCell) else _unknown(hub, row.number, thing)
        if problem:
            report.wrong(problem)
        else:
            good.append((row.number, thing))
        await patience.rest()
    for n, part in enumerate(job.parts(good)):
        await _ask_for(call, hub.zone_id, f"{key}#{n}", part, report)
        yield report.progress()
    yield report.line()


def _unknown(hub: ZoneHub, number: int, thing: _Thing) -> BadCell | None:
    if isinstance(thing, Sku):
        return None
    if thing.depot_id not in hub.replica.state.depots:
        return BadCell(number, "depot", "unknown_depot", f"There is no depot {thing.depot_id}; register it first.")
    if thing.line.sku not in hub.replica.state.skus:
        return BadCell(number, "sku", "unknown_sku", f"There is no sku {thing.line.sku}; register it first.")
    return None


async def _ask_for(call: Call, zone_id: str, key: str, part: _Part, report: ImportReport) -> None:
    """Ask for all rows at once; where that is refused, for each by itself, so that only the wrong ones are left out."""
    reply = await _reply(call, zone_id, key, part.command([thing for _, thing in part.rows]))
    if reply and not reply.ok and len(part.rows) > 1:
        for n, row in enumerate(part.rows):
            await _ask_for(call, zone_id, f"{key}.{n}", _Part((row,), part.command), report)
    elif reply and reply.ok:
        report.taken += len(part.rows)
    else:
        silence = ("no_answer", "The zone does not answer now; it may take the row in a moment.")
        code, sentence = (reply.code, reply.detail) if reply else silence
        for number, _ in part.rows:
            report.wrong(BadCell(number, "", code, sentence))


async def _reply(call: Call, zone_id: str, key: str, command: StockCommand) -> Reply | None:
    asked = request_id(call.subject, "imports", key, None)
    return await ask(call, zone_id, asked.id, command)


def _sku_parts(rows: Sequence[tuple[int, Any]]) -> Iterator[_Part]:
    for first in range(0, len(rows), AT_ONCE):
        yield _Part(rows[first : first + AT_ONCE], lambda skus: RegisterSkus(tuple(skus)))


def _stock_parts(rows: Sequence[tuple[int, Any]]) -> Iterator[_Part]:
    return _parts_of_depots(rows, lambda depot_id, lines: ReceiveStock(depot_id, lines, "import"))


def _coming_parts(rows: Sequence[tuple[int, Any]]) -> Iterator[_Part]:
    return _parts_of_depots(rows, lambda depot_id, lines: AnnounceStock(depot_id, lines, "import"))


def _count_parts(rows: Sequence[tuple[int, Any]]) -> Iterator[_Part]:
    return _parts_of_depots(rows, lambda depot_id, lines: CountStock(depot_id, lines, "import"))


def _parts_of_depots(
    rows: Sequence[tuple[int, Any]], make: Callable[[str, tuple[Any, ...]], StockCommand]
) -> Iterator[_Part]:
    by_depot = sorted(rows, key=lambda row: row[1].depot_id)
    for _, group in groupby(by_depot, key=lambda row: row[1].depot_id):
        own = list(group)
        for first in range(0, len(own), AT_ONCE):
            yield _Part(
                own[first : first + AT_ONCE], lambda these: make(these[0].depot_id, tuple(r.line for r in these))
            )
