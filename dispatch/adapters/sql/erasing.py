"""`Eraser` in SQL: the only place where a recorded event is ever changed, and only by `domain.erasure`.

Events of routes and offers name orders of many; those are looked at that were told to a courier who had or was asked
for one of the orders, from the order's first event on.
"""

from collections.abc import Collection, Sequence
from typing import Any

from sqlalchemy import ColumnElement, delete, false, func, or_, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from dispatch.adapters.sql import rows, tables
from dispatch.adapters.sql.database import Database, uninterrupted
from dispatch.adapters.sql.dialects import now, upsert
from dispatch.application import records
from dispatch.application.erasure import Erased
from dispatch.application.messaging.ports import order_key
from dispatch.domain.commands import PassTime, RegisterCourier
from dispatch.domain.erasure import Gone, erased_entity, erased_event
from dispatch.domain.events import EtaChanged, OrderChanged, OrderCreated
from dispatch.domain.order import Order

inbox, outbox = tables.inbox, tables.outbox
_RECORDED = select(outbox.c.seq, outbox.c.at_ms, outbox.c.request_id, outbox.c.actor, outbox.c.type, outbox.c.body)
_FORGOTTEN = records.encode_command(PassTime()).decode()
"""What stands in the place of an answered request: it is never read again, and its reply stays."""


class SqlEraser:
    """See `Eraser`."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def pictures(self, zone_id: str, order_ids: Collection[str]) -> Sequence[str]:
        """See `Eraser`."""
        async with self._database.read() as connection:
            found = (await connection.execute(_RECORDED.where(_of_orders(zone_id, order_ids)))).all()
        events = [rows.recorded_of(row).event for row in found]
        orders = [each.order for each in events if isinstance(each, OrderCreated | OrderChanged | EtaChanged)]
        return sorted({proof.upload_id for order in orders for proof in order.proofs if proof.upload_id})

    @uninterrupted
    async def erase(self, zone_id: str, gone: Gone, actor: str) -> Erased:
        """See `Eraser`."""
        async with self._database.write() as connection:
            couriers = await _couriers(connection, zone_id, gone.order_ids)
            orders = await self._erase_entities(connection, zone_id, gone, couriers)
            requests = await _forget_requests(connection, zone_id, gone)
            events = await _rewrite_events(connection, zone_id, gone, couriers)
            await _forget_contacts(connection, zone_id, gone.order_ids)
            told = f"{len(gone.order_ids)} orders, {len(gone.courier_ids)} couriers"
            await connection.execute(
                tables.staff_acts.insert(),
                [
                    {"at": await connection.scalar(select(now())), "actor": actor, "action": "erased"}
                    | {"user_id": "", "detail": f"{told}, {events} events, {requests} requests"}
                ],
            )
        return Erased(orders, len(gone.courier_ids), events, requests)

    async def _erase_entities(
        self, connection: AsyncConnection, zone_id: str, gone: Gone, couriers: Collection[str]
    ) -> int:
        """The newest values; returns how many orders there are."""
        messages, cases, offers, routes = tables.order_messages, tables.cases, tables.offers, tables.routes
        kept = (
            (tables.orders, tables.orders.c.id.in_(gone.order_ids)),
            (tables.couriers, tables.couriers.c.id.in_(gone.courier_ids)),
            (messages, messages.c.order_id.in_(gone.order_ids)),
            (cases, cases.c.order_id.in_(gone.order_ids)),
            (tables.claims, tables.claims.c.order_id.in_(gone.order_ids)),
            (offers, _names(offers.c.body, gone.order_ids)),
            (routes, routes.c.courier_id.in_(couriers)),
        )
        orders = 0
        for table, mine in kept:
            bodies = (await connection.execute(select(table.c.body).where(table.c.zone_id == zone_id, mine))).scalars()
            erased = [erased_entity(records.decode_entity(body), gone) for body in bodies]
            orders += sum(isinstance(entity, Order) for entity in erased)
            if erased:
                rewritten = rows.entity_rows(zone_id, erased)[table]
                await connection.execute(upsert(table, self._database.dialect), rewritten)
        return orders


async def _forget_contacts(connection: AsyncConnection, zone_id: str, order_ids: Collection[str]) -> None:
    """How their customers were reached: subscriptions, addresses, and the log of messages.

    That a number opted out of a channel stays, by the number's mark alone: else it would be written to again.
    """
    for kept in (tables.push_subscriptions, tables.outgoing_messages):
        await connection.execute(delete(kept).where(kept.c.zone_id == zone_id, kept.c.order_id.in_(order_ids)))
    kept, keys = tables.message_contacts, [order_key(order_id) for order_id in order_ids]
    await connection.execute(delete(kept).where(kept.c.zone_id == zone_id, kept.c.key.in_(keys)))


def _names(column: Any, ids: Collection[str]) -> ColumnElement[bool]:
    """Whether one of the ids stands in the column's JSON as a whole word."""
    return or_(false(), *(column.contains(f'"{each}"', autoescape=True) for each in ids))


def _of_orders(zone_id: str, order_ids: Collection[str]) -> ColumnElement[bool]:
    kinds = outbox.c.entity_kind.in_(("order", "case", "message", "claim"))
    return (outbox.c.zone_id == zone_id) & kinds & outbox.c.entity_id.in_(order_ids)


async def _couriers(connection: AsyncConnection, zone_id: str, gone: frozenset[str]) -> set[str]:
    """Whoever had one of the orders, or was asked for it."""
    had, asked = tables.assignments, tables.offers
    named = _names(asked.c.body, gone)
    found: set[str] = set()
    for wanted in (
        select(had.c.courier_id).where(had.c.order_id.in_(gone)),
        select(asked.c.courier_id).where(asked.c.zone_id == zone_id, named),
    ):
        found |= set((await connection.execute(wanted)).scalars())
    return found


async def _rewrite_events(connection: AsyncConnection, zone_id: str, gone: Gone, couriers: Collection[str]) -> int:
    """Returns how many were changed."""
    orders = _of_orders(zone_id, gone.order_ids)
    first: int | None = await connection.scalar(select(func.min(outbox.c.seq)).where(orders))
    told = outbox.c.entity_kind.in_(("route", "offer")) & outbox.c.entity_id.in_(couriers)
    theirs = (outbox.c.zone_id == zone_id) & told & (outbox.c.seq >= (first or 0))
    mine = or_(orders, theirs, _of_couriers(zone_id, gone.courier_ids))
    changed = 0
    for row in (await connection.execute(_RECORDED.where(mine))).all():
        before = rows.recorded_of(row).event
        after = erased_event(before, gone)
        if after == before:
            continue
        body: dict[str, Any] = {"body": records.encode_event(after).body}
        here = (outbox.c.zone_id == zone_id, outbox.c.seq == row.seq)
        await connection.execute(update(outbox).where(*here).values(body))
        changed += 1
    return changed


def _of_couriers(zone_id: str, courier_ids: Collection[str]) -> ColumnElement[bool]:
    return (outbox.c.zone_id == zone_id) & (outbox.c.entity_kind == "courier") & outbox.c.entity_id.in_(courier_ids)


async def _forget_requests(connection: AsyncConnection, zone_id: str, gone: Gone) -> int:
    """What was asked about them, also in vain; returns how many requests forget it."""
    told = or_(_of_orders(zone_id, gone.order_ids), _of_couriers(zone_id, gone.courier_ids))
    cases = select(tables.cases.c.id).where(
        tables.cases.c.zone_id == zone_id, tables.cases.c.order_id.in_(gone.order_ids)
    )
    case_ids = (await connection.execute(cases)).scalars().all()
    registering = inbox.c.command.contains(RegisterCourier.__name__) & _names(inbox.c.command, gone.courier_ids)
    asked = inbox.c.id.in_(select(outbox.c.request_id).where(told))
    mine = or_(asked, _names(inbox.c.command, (*gone.order_ids, *case_ids)), registering)
    answered = (inbox.c.zone_id == zone_id, inbox.c.reply.is_not(None), inbox.c.command != _FORGOTTEN)
    return (await connection.execute(update(inbox).where(*answered, mine).values(command=_FORGOTTEN))).rowcount
