"""Goods and stock over HTTP: what there is, what can be ordered, and what people report of it."""

import heapq
from collections.abc import Iterable
from datetime import date, datetime

from dispatch.application.access import allow_depots
from dispatch.application.hub import ZoneHub
from dispatch.application.imports import day_ends_ms
from dispatch.domain.errors import NotFound
from dispatch.domain.events import StockChanged
from dispatch.domain.shelf import Coming, Shelf, Sku, shelf_id
from dispatch.domain.stock_commands import (
    AnnounceStock,
    ComingLine,
    CountStock,
    ReceiveStock,
    RegisterSkus,
    SetLowAt,
    StockLine,
    TransferStock,
    WriteOffStock,
)
from dispatch.domain.vehicle import Load
from dispatch.web.bodies import LoadBody
from dispatch.web.bodies_stock import (
    Availability,
    Available,
    AvailableAt,
    ComingShown,
    CountLineBody,
    Ledger,
    LedgerEntry,
    LotShown,
    ShelfPage,
    ShelfShown,
    Skus,
    SkuShown,
    StockLineBody,
    StockMoved,
)
from dispatch.web.call import Answer, Call
from dispatch.web.problems import FieldError, Problem, refusal
from dispatch.web.requests import ask, caught_up, idempotency_key, pending, request_id
from dispatch.web.routes_fleet import own_id, register

_Report = ReceiveStock | AnnounceStock | CountStock | WriteOffStock | TransferStock | SetLowAt
MAX_PAGE = 500
MAX_ASKED = 100
"""Goods of which the availability is asked at once."""


# --- goods --------------------------------------------------------------------------------------------------------


async def put_sku(call: Call) -> Answer:
    """`PUT /v1/skus/{id}`: register or change."""
    body, hub, unit = call.body, call.zone(call.body.zone), call.body.unit
    sku = Sku(
        own_id(call),
        body.name,
        body.category,
        body.barcode,
        Load(unit.weight_g, unit.volume_ml, unit.items),
        body.fragile,
        body.age_restricted,
        body.low_at,
    )
    return await register(call, hub, RegisterSkus((sku,)), lambda: _known_sku(hub, sku))


def _known_sku(hub: ZoneHub, wanted: Sku) -> Answer | None:
    return Answer(_sku(hub, wanted)) if hub.replica.state.skus.get(wanted.id) == wanted else None


async def list_skus(call: Call) -> Answer:
    """`GET /v1/skus`: by id, a page at a time."""
    hub, after = call.zone(call.query("zone", "default")), call.query("after")
    limit = call.query_int("limit", 50, MAX_PAGE) or 1
    known = hub.replica.state.skus
    page = heapq.nsmallest(limit, (sku_id for sku_id in known if sku_id > after))
    return Answer(Skus(skus=[_sku(hub, known[sku_id]) for sku_id in page], after=_next(page, limit)))


def _next(page: list[str], limit: int) -> str:
    return page[-1] if len(page) == limit else ""


def _sku(hub: ZoneHub, sku: Sku) -> SkuShown:
    unit = LoadBody(weight_g=sku.unit.weight_g, volume_ml=sku.unit.volume_ml, items=sku.unit.items)
    return SkuShown(
        id=sku.id,
        name=sku.name,
        category=sku.category,
        barcode=sku.barcode,
        unit=unit,
        fragile=sku.fragile,
        age_restricted=sku.age_restricted,
        low_at=sku.low_at,
        zone=hub.zone_id,
    )


# --- what there is ------------------------------------------------------------------------------------------------


async def list_stock(call: Call) -> Answer:
    """`GET /v1/stock`: by depot and good, a page at a time; of one depot or good, or only what is low."""
    hub, after = call.zone(call.query("zone", "default")), call.query("after")
    depot_id, sku, only_low = call.query("depot"), call.query("sku"), call.query("low") == "true"
    limit, now_ms, state = call.query_int("limit", 50, MAX_PAGE) or 1, call.services.clock.now_ms(), hub.replica.state
    wanted = (
        shelf.id
        for shelf in state.shelves.values()
        if shelf.id > after
        and call.subject.sees_depot(shelf.depot_id)
        and depot_id in ("", shelf.depot_id)
        and sku in ("", shelf.sku)
        and not (only_low and not shelf.is_low(state.skus[shelf.sku], now_ms))
    )
    page = heapq.nsmallest(limit, wanted)
    return Answer(
        ShelfPage(shelves=[_shelf(call, hub, state.shelves[each]) for each in page], after=_next(page, limit))
    )


async def read_ledger(call: Call) -> Answer:
    """`GET /v1/stock/{depot}/{sku}/ledger`: the newest entries first."""
    hub = call.zone(call.query("zone", "default"))
    allow_depots(call.subject, [call.path("depot")])
    shelf = shelf_id(call.path("depot"), call.path("sku"))
    if shelf not in hub.replica.state.shelves:
        raise NotFound("unknown_shelf", f"Nothing of {call.path('sku')} has ever lain at {call.path('depot')}.")
    limit = call.query_int("limit", 50, MAX_PAGE) or 1
    before = call.query_int("before", 0, 2**53) or 2**53
    found = await call.services.store.filed_events(hub.zone_id, ("shelf", shelf), before, limit)
    entries = [
        LedgerEntry(
            seq=each.seq,
            at_ms=each.at_ms,
            actor=each.actor,
            move=each.event.move.value,
            quantity=each.event.quantity,
            on_hand=each.event.shelf.on_hand,
            reserved=each.event.shelf.reserved,
            order_id=each.event.order_id,
            note=each.event.note,
        )
        for each in found
        if isinstance(each.event, StockChanged)
    ]
    return Answer(Ledger(entries=entries, before=entries[-1].seq if len(found) == limit else 0))


async def read_availability(call: Call) -> Answer:
    """`GET /v1/availability?sku=a,b`: what can be ordered now, and where."""
    hub = call.zone(call.query("zone", "default"))
    asked = list(dict.fromkeys(filter(None, call.query("sku").split(","))))
    if not 0 < len(asked) <= MAX_ASKED:
        raise Problem(422, "bad_parameter", f"The parameter sku names 1 to {MAX_ASKED} goods, with commas between.")
    now_ms = call.services.clock.now_ms()
    return Answer(Availability(skus=[_available(hub, sku, now_ms) for sku in asked if sku in hub.replica.state.skus]))


def _available(hub: ZoneHub, sku: str, now_ms: int) -> Available:
    state = hub.replica.state
    shelves = (state.shelves.get(shelf_id(depot_id, sku)) for depot_id in state.depots)
    free = {shelf.depot_id: shelf.free(now_ms) for shelf in shelves if shelf}
    most_first = sorted((-pieces, depot_id) for depot_id, pieces in free.items() if pieces > 0)
    depots = [AvailableAt(depot_id=depot_id, free=-pieces) for pieces, depot_id in most_first]
    return Available(sku=sku, free=sum(depot.free for depot in depots), depots=depots)


def shelf_shown(call: Call, hub: ZoneHub, depot_id: str, sku: str) -> ShelfShown | None:
    """A shelf as this process knows it; None where nothing has ever lain."""
    shelf = hub.replica.state.shelves.get(shelf_id(depot_id, sku))
    return _shelf(call, hub, shelf) if shelf else None


def _shelf(call: Call, hub: ZoneHub, shelf: Shelf) -> ShelfShown:
    sku, now_ms = hub.replica.state.skus[shelf.sku], call.services.clock.now_ms()
    return ShelfShown(
        depot_id=shelf.depot_id,
        sku=shelf.sku,
        name=sku.name,
        on_hand=shelf.on_hand,
        reserved=shelf.reserved,
        free=shelf.free(now_ms),
        low_at=shelf.threshold(sku),
        is_low=shelf.is_low(sku, now_ms),
        lots=[LotShown(lot=lot.id, quantity=lot.quantity, expires_at_ms=lot.expires_at_ms) for lot in shelf.lots],
        coming=[_coming(call, each) for each in shelf.coming],
    )


def _coming(call: Call, coming: Coming) -> ComingShown:
    last_moment = datetime.fromtimestamp(coming.due_ms / 1000 - 1, call.services.zone_time)
    is_overdue = coming.due_ms <= call.services.clock.now_ms()
    return ComingShown(day=last_moment.date().isoformat(), quantity=coming.quantity, is_overdue=is_overdue)


# --- what people report -------------------------------------------------------------------------------------------


async def receive(call: Call) -> Answer:
    """`POST /v1/stock:receive`."""
    body = call.body
    return await _asked(call, "receive", ReceiveStock(body.depot_id, _lines(body.lines), body.note), (body.depot_id,))


async def announce(call: Call) -> Answer:
    """`POST /v1/stock:announce`."""
    body = call.body
    lines = tuple(ComingLine(line.sku, line.quantity, _due_ms(call, n)) for n, line in enumerate(body.lines))
    return await _asked(call, "announce", AnnounceStock(body.depot_id, lines, body.note), (body.depot_id,))


def _due_ms(call: Call, line: int) -> int:
    try:
        return day_ends_ms(date.fromisoformat(call.body.lines[line].day), call.services.zone_time)
    except (ValueError, OverflowError):
        sentence = "There is no such day; write one such as 2026-12-31."
        raise Problem(422, "bad_day", sentence, errors=(FieldError(sentence, f"/lines/{line}/day"),)) from None


async def count(call: Call) -> Answer:
    """`POST /v1/stock:count`."""
    body = call.body
    return await _asked(call, "count", CountStock(body.depot_id, _lines(body.lines), body.note), (body.depot_id,))


async def write_off(call: Call) -> Answer:
    """`POST /v1/stock:write-off`."""
    body = call.body
    command = WriteOffStock(body.depot_id, _lines(body.lines), body.note)
    return await _asked(call, "write-off", command, (body.depot_id,))


async def transfer(call: Call) -> Answer:
    """`POST /v1/stock:transfer`."""
    body, depots = call.body, (call.body.from_depot_id, call.body.to_depot_id)
    return await _asked(call, "transfer", TransferStock(*depots, _lines(body.lines), body.note), depots)


async def set_low_at(call: Call) -> Answer:
    """`PUT /v1/stock/{depot}/{sku}/low-at`."""
    low_at = -1 if call.body.low_at is None else call.body.low_at
    command = SetLowAt(call.path("depot"), call.path("sku"), low_at)
    return await _asked(call, "low-at", command, (call.path("depot"),))


def _lines(lines: Iterable[StockLineBody | CountLineBody]) -> tuple[StockLine, ...]:
    return tuple(StockLine(line.sku, line.quantity, line.lot, line.expires_at_ms) for line in lines)


async def _asked(call: Call, what: str, command: _Report, depot_ids: tuple[str, ...]) -> Answer:
    """The same Idempotency-Key with the same body takes effect once."""
    hub = call.zone(call.body.zone)
    allow_depots(call.subject, depot_ids)
    asked = request_id(call.subject, f"stock:{what}", idempotency_key(call), call.body).id
    reply = await ask(call, hub.zone_id, asked, command)
    if reply is None:
        return pending(asked, hub.zone_id, asked)
    if not reply.ok:
        raise refusal(reply)
    await caught_up(call, hub)
    skus = (command.sku,) if isinstance(command, SetLowAt) else (line.sku for line in command.lines)
    ids = (shelf_id(depot_id, sku) for sku in dict.fromkeys(skus) for depot_id in depot_ids)
    shelves = hub.replica.state.shelves
    return Answer(StockMoved(shelves=[_shelf(call, hub, shelves[each]) for each in ids if each in shelves]))
