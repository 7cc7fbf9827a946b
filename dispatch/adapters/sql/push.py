"""`PushStore` in SQL: a subscription is kept whole in `body`, beside what it is found by."""

from collections.abc import Collection, Sequence
from dataclasses import replace
from typing import Final

import msgspec
from sqlalchemy import ColumnElement, and_, delete, exists, select, update

from dispatch.adapters.sql.database import Database, uninterrupted
from dispatch.adapters.sql.dialects import upsert
from dispatch.adapters.sql.tables import orders, push_progress
from dispatch.adapters.sql.tables import push_subscriptions as kept
from dispatch.application.push_notices import Told
from dispatch.application.push_ports import PushSubscription

AT_ONCE: Final = 500
"""Ids in one statement: databases bound their parameters."""
_decoder = msgspec.json.Decoder(PushSubscription)


class SqlPushStore:
    """See `PushStore`. The schema must be there: see `migrations.upgrade`."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._put = upsert(kept, database.dialect)
        self._keep_progress = upsert(push_progress, database.dialect)

    @uninterrupted
    async def put(self, subscription: PushSubscription) -> None:
        """See `PushStore`."""
        row = {"zone_id": subscription.zone_id, "order_id": subscription.order_id, "mark": subscription.mark}
        async with self._database.write() as connection:
            await connection.execute(self._put, [{**row, "body": _encoded(subscription)}])

    async def find(self, zone_id: str, order_id: str, mark: str) -> PushSubscription | None:
        """See `PushStore`."""
        wanted = select(kept.c.body).where(*_is(zone_id, order_id, mark))
        async with self._database.read() as connection:
            body = (await connection.execute(wanted)).scalar_one_or_none()
        return _decoder.decode(body) if body else None

    async def of_orders(self, zone_id: str, order_ids: Collection[str]) -> Sequence[PushSubscription]:
        """See `PushStore`."""
        wanted, found = sorted(order_ids), list[PushSubscription]()
        async with self._database.read() as connection:
            for first in range(0, len(wanted), AT_ONCE):
                some = kept.c.order_id.in_(wanted[first : first + AT_ONCE])
                rows = await connection.execute(select(kept.c.body).where(kept.c.zone_id == zone_id, some))
                found += map(_decoder.decode, rows.scalars())
        return found

    @uninterrupted
    async def note_told(self, subscription: PushSubscription, told: Told) -> None:
        """See `PushStore`. Whoever was signed up anew meanwhile is told from then on."""
        here = _is(subscription.zone_id, subscription.order_id, subscription.mark)
        async with self._database.write() as connection:
            body = (await connection.execute(select(kept.c.body).where(*here))).scalar_one_or_none()
            now = _decoder.decode(body) if body else None
            if now and now.told.seq < told.seq:
                noted = _encoded(replace(now, told=told))
                await connection.execute(update(kept).where(*here, kept.c.body == body).values(body=noted))

    @uninterrupted
    async def drop(self, zone_id: str, order_id: str, mark: str) -> bool:
        """See `PushStore`."""
        async with self._database.write() as connection:
            return (await connection.execute(delete(kept).where(*_is(zone_id, order_id, mark)))).rowcount > 0

    @uninterrupted
    async def forget_ended(self, zone_id: str, before_ms: int) -> int:
        """See `PushStore`."""
        long_over = and_(orders.c.finished_at_ms < before_ms, orders.c.at_point.is_(None))
        ended = exists().where(orders.c.zone_id == kept.c.zone_id, orders.c.id == kept.c.order_id, long_over)
        async with self._database.write() as connection:
            return (await connection.execute(delete(kept).where(kept.c.zone_id == zone_id, ended))).rowcount

    async def progress(self, zone_id: str) -> tuple[int, int] | None:
        """See `PushStore`."""
        wanted = select(push_progress.c.stream_epoch, push_progress.c.seq).where(push_progress.c.zone_id == zone_id)
        async with self._database.read() as connection:
            found = (await connection.execute(wanted)).one_or_none()
        return (found.stream_epoch, found.seq) if found else None

    @uninterrupted
    async def keep_progress(self, zone_id: str, epoch: int, seq: int) -> None:
        """See `PushStore`."""
        async with self._database.write() as connection:
            row = {"zone_id": zone_id, "stream_epoch": epoch, "seq": seq}
            await connection.execute(self._keep_progress, [row])


def _is(zone_id: str, order_id: str, mark: str) -> tuple[ColumnElement[bool], ...]:
    return kept.c.zone_id == zone_id, kept.c.order_id == order_id, kept.c.mark == mark


def _encoded(subscription: PushSubscription) -> str:
    return msgspec.json.encode(subscription).decode()
