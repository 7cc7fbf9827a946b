"""A zone as it was, and what happened to one entity, out of the outbox: nothing is kept beside it but one index.

Every event carries a whole entity (ADR 4), so an entity as it was at a moment is its last event up to then. The
moment's place in the log is found by halving: the log is in the order of time. Whose last event to look for is known
from the tables of the newest state. Of orders those that ended long before the moment, or were placed after it, are
left out; each of the others costs one look into the index and one body.

Everything reads from one snapshot on a reader's connection, and is decoded beside the event loop. Only events that a
server of an older version wrote while this one came up are still to be filed: whoever comes first does it.
"""

import asyncio
from collections.abc import Iterable, Sequence
from typing import Any, Final

from sqlalchemy import ColumnElement, Select, Table, and_, bindparam, func, literal, or_, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from dispatch.adapters.sql import rows, tables
from dispatch.adapters.sql.database import Database, uninterrupted
from dispatch.application import records
from dispatch.application.filing import GOALS, RETIMED, filed
from dispatch.application.patience import patiently
from dispatch.application.ports import Past, Recorded
from dispatch.domain.case import NOT_CLOSED
from dispatch.domain.errors import NotFound
from dispatch.domain.order_message import OrderMessage
from dispatch.domain.zone import ZoneState, entity_of, rebuilt

zone, outbox, orders = tables.zone, tables.outbox, tables.orders

FILE_BATCH: Final = 2_000
"""Rows a transaction, about 20 ms: the zone's writer waits no longer."""
CLOCKS_MS: Final = 60_000
"""So far apart the clocks of a gateway, which dates an order, and of a writer, which dates its event, may be."""
CASES_MS: Final = 7 * 86_400_000
"""How far back open cases are looked for; one that is open even now is found however old it is."""

_RECORDED = select(outbox.c.seq, outbox.c.at_ms, outbox.c.request_id, outbox.c.actor, outbox.c.type, outbox.c.body)


class PastReader:
    """The past of every zone of a database."""

    def __init__(self, database: Database) -> None:
        self._database = database
        keys = (outbox.c.zone_id == bindparam("zone"), outbox.c.seq == bindparam("number"))
        values: dict[str, Any] = {"entity_kind": bindparam("kind"), "entity_id": bindparam("entity")}
        self._file = update(outbox).where(*keys).values(values)

    async def filed_events(self, zone_id: str, key: tuple[str, str], before_seq: int, limit: int) -> list[Recorded]:
        """See `ZoneStore`."""
        await self._file_all(zone_id)
        kind, entity_id = key
        mine = (outbox.c.zone_id == zone_id, outbox.c.entity_kind == kind, outbox.c.entity_id == entity_id)
        wanted = _RECORDED.where(*mine, outbox.c.seq < before_seq, outbox.c.type != RETIMED)
        async with self._database.read() as connection:
            found = (await connection.execute(wanted.order_by(outbox.c.seq.desc()).limit(limit))).all()
        return await patiently(rows.recorded_of, found)

    async def as_of(self, zone_id: str, at_ms: int, finished_after_ms: int) -> Past:
        """See `ZoneStore`. Raises `NotFound` for an unknown zone."""
        await self._file_all(zone_id)
        async with self._database.snapshot() as connection:
            place = (await connection.execute(select(zone).where(zone.c.id == zone_id))).one_or_none()
            if place is None:
                raise NotFound("unknown_zone", f"There is no zone {zone_id}.")
            first_at_ms, seq, last_at_ms = await _place_in_log(connection, zone_id, place.head, at_ms)
            events: list[Any] = []
            for statement in _last_events(zone_id, seq, at_ms, finished_after_ms) if seq else ():
                events += (await connection.execute(statement)).all()
            said: list[str] = []
            for about in _orders_then(at_ms, finished_after_ms) if seq else ():
                said += (await connection.execute(_messages(zone_id, about))).scalars().all()
        state = await asyncio.to_thread(_state, zone_id, at_ms, finished_after_ms, events, said)
        return Past(state, place.stream_epoch, seq, last_at_ms, first_at_ms)

    # --- events that an older version wrote --------------------------------------------------------------------

    async def _file_all(self, zone_id: str) -> None:
        """File what is not filed yet: as a rule nothing, which costs one look into the index."""
        wanted = select(outbox.c.seq, outbox.c.type, outbox.c.body).where(
            outbox.c.zone_id == zone_id, outbox.c.entity_kind.is_(None)
        )
        while True:
            async with self._database.read() as connection:
                unfiled = (await connection.execute(wanted.limit(FILE_BATCH))).all()
            if not unfiled:
                return
            await self._write(await asyncio.to_thread(_filings, zone_id, unfiled))

    @uninterrupted
    async def _write(self, filings: list[dict[str, Any]]) -> None:
        async with self._database.write() as connection:
            await connection.execute(self._file, filings)


def _filings(zone_id: str, unfiled: Iterable[Any]) -> list[dict[str, Any]]:
    filings = []
    for seq, name, body in unfiled:
        kind, entity_id = filed(records.decode_event(records.Packed(name, body)))
        filings.append({"zone": zone_id, "number": seq, "kind": kind, "entity": entity_id})
    return filings


async def _place_in_log(connection: AsyncConnection, zone_id: str, head: int, at_ms: int) -> tuple[int, int, int]:
    """(when the log begins, the last event up to the moment, when that was); zeros where there is none."""
    first = (await connection.execute(_from(zone_id, 0))).one_or_none()
    if first is None or first.at_ms > at_ms:
        return (first.at_ms if first else 0), 0, 0
    low, low_at_ms, high = first.seq, first.at_ms, head + 1
    while low + 1 < high:
        middle = (await connection.execute(_from(zone_id, (low + high) // 2))).one_or_none()
        if middle is None or middle.seq >= high or middle.at_ms > at_ms:
            high = (low + high) // 2
        else:
            low, low_at_ms = middle.seq, middle.at_ms
    return first.at_ms, low, low_at_ms


def _from(zone_id: str, seq: int) -> Select[Any]:
    here = select(outbox.c.seq, outbox.c.at_ms).where(outbox.c.zone_id == zone_id, outbox.c.seq >= seq)
    return here.order_by(outbox.c.seq).limit(1)


def _last_events(zone_id: str, seq: int, at_ms: int, finished_after_ms: int) -> list[Select[Any]]:
    """(seq, type, body) of the events that made everything what it was."""
    return [
        _newest(tables.depots, "depot", "id", zone_id, seq),
        _newest(tables.couriers, "courier", "id", zone_id, seq),
        _newest(tables.routes, "route", "courier_id", zone_id, seq),
        _newest(tables.incidents, "incident", "id", zone_id, seq),
        *(_newest(orders, "order", "id", zone_id, seq).where(each) for each in _orders_then(at_ms, finished_after_ms)),
        _of_cases(zone_id, seq, at_ms),
        _of_goals(zone_id, seq),
    ]


def _of_cases(zone_id: str, seq: int, at_ms: int) -> Select[Any]:
    """Everything about the cases that may have been open: their events are filed by order, and few."""
    cases = tables.cases
    is_open = or_(cases.c.status.in_(NOT_CLOSED), cases.c.at_ms >= at_ms - CASES_MS)
    about = select(cases.c.order_id).where(cases.c.zone_id == zone_id, cases.c.at_ms <= at_ms + CLOCKS_MS, is_open)
    return select(outbox.c.seq, outbox.c.type, outbox.c.body).where(
        outbox.c.zone_id == zone_id,
        outbox.c.entity_kind == "case",
        outbox.c.entity_id.in_(about),
        outbox.c.seq <= seq,
    )


def _of_goals(zone_id: str, seq: int) -> Select[Any]:
    kind, entity_id = GOALS
    mine = (outbox.c.zone_id == zone_id, outbox.c.entity_kind == kind, outbox.c.entity_id == entity_id)
    wanted = select(outbox.c.seq, outbox.c.type, outbox.c.body).where(*mine, outbox.c.seq <= seq)
    return wanted.order_by(outbox.c.seq.desc()).limit(1)


def _newest(table: Table, kind: str, key: str, zone_id: str, seq: int) -> Select[Any]:
    """The last event up to `seq` of each entity of a table."""
    look = outbox.alias("look")
    last = (
        select(func.max(look.c.seq))
        .where(
            look.c.zone_id == literal(zone_id),
            look.c.entity_kind == kind,
            look.c.entity_id == table.c[key],
            look.c.seq <= seq,
        )
        .correlate(table)
        .scalar_subquery()
    )
    made = table.join(outbox, and_(outbox.c.zone_id == zone_id, outbox.c.seq == last))
    return select(outbox.c.seq, outbox.c.type, outbox.c.body).select_from(made).where(table.c.zone_id == zone_id)


def _orders_then(at_ms: int, finished_after_ms: int) -> list[ColumnElement[bool]]:
    """Which orders may have been there: those that have not ended even now, and those that ended after the moment."""
    created = or_(orders.c.created_at_ms <= at_ms + CLOCKS_MS, orders.c.created_at_ms.is_(None))
    return [
        and_(orders.c.finished_at_ms.is_(None), created),
        and_(orders.c.at_point.is_not(None), orders.c.finished_at_ms < finished_after_ms, created),
        and_(orders.c.finished_at_ms >= finished_after_ms, created),
    ]


def _messages(zone_id: str, about: ColumnElement[bool]) -> Select[Any]:
    said = tables.order_messages
    ids = select(orders.c.id).where(orders.c.zone_id == zone_id, about)
    wanted = select(said.c.body).where(said.c.zone_id == zone_id, said.c.order_id.in_(ids))
    return wanted.order_by(said.c.order_id, said.c.number)


def _state(zone_id: str, at_ms: int, finished_after_ms: int, events: Sequence[Any], said: Sequence[str]) -> ZoneState:
    made = (entity_of(records.decode_event(records.Packed(name, body))) for _, name, body in sorted(events, key=_seq))
    written = (each for each in map(records.decode_entity, said) if isinstance(each, OrderMessage))
    entities = (*(entity for entity in made if entity), *(each for each in written if each.at_ms <= at_ms))
    state = rebuilt(zone_id, 0, entities)
    state.forget_finished(finished_after_ms)
    return state


def _seq(row: Any) -> int:
    seq: int = row[0]
    return seq
